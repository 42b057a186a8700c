"""``dagway list``, as a person and as a program read it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dagway.cli.main import main

PROJECT = """
import dagster as dg

@dg.asset(key=["staging", "orders"], deps=[["shop", "orders"]], kinds={"duckdb"}, group_name="staging",
          description="Has [brackets].")
def orders(): ...

@dg.asset_check(asset=orders)
def unique():
    return dg.AssetCheckResult(passed=True)

refresh = dg.define_asset_job("refresh", selection=[orders])

defs = dg.Definitions(
    assets=[orders, *(dg.AssetSpec(key) for key in "abcde")], asset_checks=[unique], jobs=[refresh],
    schedules=[dg.ScheduleDefinition(job=refresh, cron_schedule="@daily")],
    resources={"token": "secret"},
    sensors=[dg.AutomationConditionSensorDefinition("follows", target=["a", "b", "c", "d", "e"])],
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "definitions.py").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["list", *map(str, arguments)], env={"COLUMNS": "120", "NO_COLOR": "1"})


def test_text_groups_assets_and_ends_with_the_totals(project: Path) -> None:
    shown = run(project).stdout
    assert shown.index("Assets · default") < shown.index("shop/orders") < shown.index("Assets · staging")
    assert "Has [brackets]." in shown
    assert "refresh_schedule" in shown
    assert "7 assets, 1 asset check, 1 job, 1 schedule, 1 sensor" in shown.splitlines()[-1]


def test_long_targets_are_counted(project: Path) -> None:
    lines = run(project).stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if "follows" in line)
    assert [line.split("STOPPED")[0].split()[-1] for line in lines[start : start + 3]] == ["a", "b", "c"]
    assert "… 5 in all" in lines[start + 3]


@pytest.mark.parametrize("flags", [["--json"], ["--format", "json"]])
def test_json(project: Path, flags: list[str]) -> None:
    result = run(project, *flags)
    assert result.exit_code == 0
    listed = json.loads(result.stdout)
    assert [asset["key"] for asset in listed["assets"]] == [*"abcde", "shop/orders", "staging/orders"]
    assert listed["assets"][-1]["deps"] == ["shop/orders"]
    assert listed["jobs"][0] == {"name": "refresh", "assets": ["staging/orders"], "description": None}
    assert listed["schedules"][0]["cron"] == "@daily"


def test_selection(project: Path) -> None:
    listed = json.loads(run(project, "--json", "--select", "group:staging").stdout)
    assert [asset["key"] for asset in listed["assets"]] == ["staging/orders"]
    assert listed["jobs"] == []


def test_current_folder_is_the_default(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert "staging/orders" in run().stdout


def test_broken_project_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text("import os\nos.environ['SHOP_URL_X']\n", encoding="utf-8")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "definitions.py:2: the environment variable SHOP_URL_X is not set" in result.stderr
    assert "Traceback" not in result.output


def test_a_selection_of_nothing_names_the_nearest_and_is_no_success(project: Path) -> None:
    result = run(project, "--select", "group:stagin")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "matches the selection 'group:stagin'.\n  Nearest: group:staging." in result.stderr


@pytest.mark.parametrize(
    ("selection", "nearest"),
    [
        ("key:staging/order", 'Nearest: key:"staging/orders"'),
        ("+key:oders+", 'Nearest: key:"staging/orders"'),
        ("kind:dukdb and not key:zebra", "Nearest: kind:duckdb"),
        ("key:zebra", "without --select"),
    ],
)
def test_what_is_nearest_can_be_pasted(project: Path, selection: str, nearest: str) -> None:
    result = run(project, "--select", selection)
    assert nearest in result.stderr
    for found in re.findall(r"Nearest: (.*)\.", result.stderr):
        assert [run(project, "--select", term).exit_code for term in found.split(", ") if term] == [0] * (
            found.count(", ") + 1
        )


def test_json_of_a_selection_of_nothing_is_json(project: Path) -> None:
    result = run(project, "--select", "group:stagin", "--json")
    assert (result.exit_code, json.loads(result.stdout)["assets"]) == (1, [])
