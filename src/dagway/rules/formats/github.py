"""Annotations for GitHub's workflows: one command a line."""

from __future__ import annotations

from dagway.rules.model import Finding, Report, Skipped

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    return "\n".join(
        [
            *(_finding(finding) for finding in report.findings),
            *(
                _line("warning", item, "not checked", f"was not checked: {item.reason}")
                for item in report.skipped
            ),
        ]
    )


def _finding(finding: Finding) -> str:
    return _line(_LEVELS[finding.severity], finding, finding.rule, f"{finding.message}. {finding.remedy}")


def _line(level: str, item: Finding | Skipped, title: str, text: str) -> str:
    place = f"file={_property(item.path)},line={item.line},col={item.column}"
    return f"::{level} {place},title={_property(title)}::{_text(text)}"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
