"""Annotations for GitHub's workflows: one command a line."""

from __future__ import annotations

from collections.abc import Sequence

from dagway.rules.model import Finding, Report, Skipped

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    return "\n".join(
        [
            *(_finding(finding) for finding in report.findings),
            *(_line("warning", item, "not checked", item.told) for item in report.skipped),
            # A workflow shows ten notices of a step: all rules are one.
            *([_not_run(report.not_run)] if report.not_run else []),
        ]
    )


def _finding(finding: Finding) -> str:
    return _line(_LEVELS[finding.severity], finding, finding.rule, f"{finding.message}. {finding.remedy}")


def _line(level: str, item: Finding | Skipped, title: str, text: str) -> str:
    place = f"file={_property(item.path)},line={item.line},col={item.column}," if item.is_placed else ""
    return _command(level, f"{place}title={_property(title)}", text)


def _not_run(rules: Sequence[str]) -> str:
    return _command(
        "notice", "title=not run", f"not run, for the definitions were not loaded: {', '.join(rules)}"
    )


def _command(level: str, properties: str, text: str) -> str:
    return f"::{level} {properties}::{_text(text)}"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
