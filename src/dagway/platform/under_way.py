"""Runs under way, as the webserver tells of them: to wait for, or to cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagway.platform.probe import ask

_RUNS = """query ($statuses: [RunStatus!]) { runsOrError(filter: {statuses: $statuses}, limit: 1000) {
  ... on Runs { results { runId jobName status } } } }"""
_TERMINATE = """mutation ($id: String!) { terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) { __typename ... on Error { message } } }"""
_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus
  locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
_UNDER_WAY = ("STARTING", "STARTED", "CANCELING")
_QUEUED = ("QUEUED",)


@dataclass(frozen=True)
class Locations:
    """What the webserver has of the code locations.

    Attributes:
        loaded: names of those that it has.
        broken: name → why its definitions do not load.
        loading: names of the others.
    """

    loaded: tuple[str, ...]
    broken: dict[str, str]
    loading: tuple[str, ...]


def under_way(webserver: str) -> list[str]:
    """The ids of runs that have a process, or are to have one now. Raises OSError, ValueError."""
    return _ids(webserver, _UNDER_WAY)


def queued(webserver: str) -> list[str]:
    """The ids of runs that wait in the queue. Raises OSError, ValueError."""
    return _ids(webserver, _QUEUED)


def cancel(webserver: str, run: str) -> None:
    """Asks a run to end. Raises OSError, ValueError."""
    ask(webserver, _TERMINATE, {"id": run})


def locations(webserver: str) -> Locations:
    """How the code locations are. Raises OSError, ValueError."""
    entries: list[dict[str, Any]] = ask(webserver, _LOCATIONS)["workspaceOrError"].get("locationEntries", [])
    broken, loaded, loading = dict[str, str](), list[str](), list[str]()
    for entry in entries:
        found: dict[str, Any] = entry["locationOrLoadError"] or {}
        if found.get("__typename") == "PythonError":
            broken[entry["name"]] = str(found["message"]).strip()
        elif entry["loadStatus"] == "LOADED" and found:
            loaded.append(entry["name"])
        else:
            loading.append(entry["name"])
    return Locations(tuple(loaded), broken, tuple(loading))


def _ids(webserver: str, statuses: tuple[str, ...]) -> list[str]:
    found = ask(webserver, _RUNS, {"statuses": list(statuses)})["runsOrError"]
    runs: list[dict[str, Any]] = found.get("results", [])
    return [str(run["runId"]) for run in runs]
