"""Event streams of two runs, made comparable: what is different by chance is left out, and steps run side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Stream = list[str]
#: Of events that belong to no step.
RUN = ""
_CHANCE = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"0x[0-9a-f]+"), "ADDRESS"),
    (re.compile(r"\b(stock|warm)\b"), "SIDE"),
    (re.compile(r"(\d+m)?\d+(\.\d+)?(ms|s|m)\b"), "DURATION"),
    (re.compile(r"(pid:? ?|PID |process )\d+"), "PROCESS"),
    (re.compile(r"(/[\w.-]+)+/"), "FOLDER/"),
]
#: Dagster names resources in the order of a set.
_RESOURCES = re.compile(r"resources \[([^\]]*)\]")


def streams(events: Iterable[Mapping[str, Any]]) -> dict[str, Stream]:
    """What happened, by step, in order; each event as a line."""
    found: dict[str, Stream] = {}
    for event in events:
        step = event.get("stepKey") or next(iter(_steps(event)), RUN)
        found.setdefault(step, []).append(_line(event))
    return found


def types(events: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Which event types were seen, with their step."""
    return {(event.get("stepKey") or RUN, event["eventType"]) for event in events if event.get("eventType")}


def most_at_once(events: Iterable[Mapping[str, Any]]) -> int:
    """How many steps ran at the same time, at most."""
    change = {"STEP_START": 1, "STEP_SUCCESS": -1, "STEP_FAILURE": -1}
    moments = [
        (float(event["timestamp"]), change[event["eventType"]])
        for event in events
        if event.get("eventType") in change
    ]
    running = most = 0
    for _, by in sorted(moments):
        running += by
        most = max(most, running)
    return most


def _steps(event: Mapping[str, Any]) -> list[str]:
    return event.get("stepKeys") or []


def _line(event: Mapping[str, Any]) -> str:
    error: dict[str, str] = event.get("error") or {}
    evaluation: dict[str, object] = event.get("evaluation") or {}
    asset: dict[str, list[str]] = event.get("assetKey") or {}
    parts = [
        event.get("eventType") or event["__typename"],
        "" if event.get("eventType") == "LOGS_CAPTURED" else event.get("message") or "",
        "/".join(asset.get("path", [])),
        event.get("partition") or "",
        " ".join(str(evaluation[key]) for key in ("checkName", "success", "severity") if key in evaluation),
        f"{error.get('className')}: {error.get('message')}" if error else "",
    ]
    return _without_chance(" | ".join(part.strip() for part in parts if part.strip()))


def _without_chance(text: str) -> str:
    for pattern, word in _CHANCE:
        text = pattern.sub(word, text)
    return _RESOURCES.sub(lambda found: f"resources [{', '.join(sorted(found[1].split(', ')))}]", text)
