"""JSON: findings and a summary."""

from __future__ import annotations

import json

from dagway.rules.model import Report


def render(report: Report) -> str:
    findings = [finding.to_json() for finding in report.findings]
    return json.dumps({"findings": findings, "summary": report.summary}, indent=2, ensure_ascii=False)
