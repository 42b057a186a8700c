"""SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dagway import __version__
from dagway.rules.baseline import fingerprint
from dagway.rules.model import NOT_RUN, Finding, Report, Skipped
from dagway.rules.pages import page
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
    # What a viewer shows beside a result: it may have no way to the page.
    text = f"{page(rule)}\n`dagway explain {rule.id}` prints this page.\n"
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.page.get("What", rule.summary)},
        "help": {"text": text, "markdown": text},
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": {"level": rule.severity},
    }


def _invocation(report: Report) -> dict[str, Any]:
    crashes = [
        {"level": "error", "message": {"text": f"rule {crash.rule} failed on {crash.path}: {crash.error}"}}
        for crash in report.crashes
    ]
    unread = [
        {
            "level": "warning",
            "message": {"text": f"{item.path}:{item.line} {item.told}" if item.is_placed else item.told},
            **({"locations": [_location(item)]} if item.is_placed else {}),
        }
        for item in report.skipped
    ]
    not_run = [{"level": "note", "message": {"text": f"rule {rule} {NOT_RUN}"}} for rule in report.not_run]
    return {
        "executionSuccessful": not crashes,
        "toolExecutionNotifications": [*crashes, *unread, *not_run],
    }


def _location(item: Finding | Skipped) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(item.path)},
            "region": {"startLine": item.line, "startColumn": item.column},
        }
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    digest = hashlib.sha256(repr(fingerprint(finding)).encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}. {finding.remedy}"},
        "locations": [_location(finding)],
        "partialFingerprints": {"dagway/v1": digest},
    }
