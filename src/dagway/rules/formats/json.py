"""JSON: findings and a summary."""

from __future__ import annotations

import json
from dataclasses import replace

from dagway.rules.model import Finding, Mask, Report


def render(report: Report) -> str:
    findings = [_without_secrets(finding, report.mask).to_json() for finding in report.findings]
    return json.dumps({"findings": findings, "summary": report.summary}, indent=2, ensure_ascii=False)


def _without_secrets(finding: Finding, mask: Mask) -> Finding:
    """The finding without a fix that would show a secret: `--fix` makes it all the same."""
    edits = finding.fix.edits if finding.fix else ()
    return replace(finding, fix=None) if any(mask.hide(edit.text) != edit.text for edit in edits) else finding
