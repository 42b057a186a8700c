"""Annotations for GitHub's workflows: one command a line."""

from __future__ import annotations

from dagway.rules.model import Finding, Report

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    return "\n".join(_line(finding) for finding in report.findings)


def _line(finding: Finding) -> str:
    place = f"file={_property(finding.path)},line={finding.line},col={finding.column}"
    text = _text(f"{finding.message}. {finding.remedy}")
    return f"::{_LEVELS[finding.severity]} {place},title={_property(finding.rule)}::{text}"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
