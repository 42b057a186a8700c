"""`dagway rules`."""

from __future__ import annotations

import json

from click.testing import CliRunner

from dagway.cli.main import main
from dagway.rules.library import IDS


def test_every_rule_is_listed() -> None:
    listed = json.loads(CliRunner().invoke(main, ["rules", "--json"]).stdout)["rules"]
    assert [rule["id"] for rule in listed] == list(IDS)
    assert all(rule["summary"] and rule["severity"] and rule["kind"] in {"S", "L"} for rule in listed)


def test_a_severity_narrows_the_table() -> None:
    shown = CliRunner().invoke(main, ["rules", "--severity", "warning"]).stdout
    assert "private-dagster-import" in shown
    assert "removed-api" not in shown
