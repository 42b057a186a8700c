"""SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dagway import __version__
from dagway.rules.baseline import fingerprint
from dagway.rules.model import Finding, Report
from dagway.rules.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(report: Report, rules: Sequence[Rule]) -> str:
    named = {finding.rule for finding in report.findings}
    shown = [rule for rule in rules if rule.id in named]
    order = {rule.id: number for number, rule in enumerate(shown)}
    run = {
        "tool": {
            "driver": {"name": "dagway", "version": __version__, "rules": [_rule(rule) for rule in shown]}
        },
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, order[finding.rule]) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.page.get("What", rule.summary)},
        "help": {"text": rule.page.get("Why", rule.summary)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _invocation(report: Report) -> dict[str, Any]:
    crashes = [
        {"level": "error", "message": {"text": f"rule {crash.rule} failed on {crash.path}: {crash.error}"}}
        for crash in report.crashes
    ]
    return {"executionSuccessful": not crashes, "toolExecutionNotifications": crashes}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    digest = hashlib.sha256(repr(fingerprint(finding)).encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}. {finding.remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path)},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
        "partialFingerprints": {"dagway/v1": digest},
    }
