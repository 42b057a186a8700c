"""`dagway plan`: text for people at any width, JSON for programs, and a status that scripts can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dagway.cli.main import main
from dagway.prototype.model import Plan

EXAMPLES = Path(__file__).parents[2] / "examples"
SALES = str(EXAMPLES / "sales_analytics" / "blueprint.yaml")


def run(*arguments: str, width: int = 120) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(main, ["plan", *arguments])


@pytest.mark.parametrize("width", [60, 80, 100, 110, 120, 160, 200])
def test_nothing_is_wider_than_the_screen_and_every_key_is_whole(width: int) -> None:
    shown = run(SALES, width=width)
    assert shown.exit_code == 0
    assert max(map(len, shown.output.splitlines())) <= width
    for key in ("shop/orders", "marts/customer_lifetime_value", "exports/customer_metrics"):
        assert key in shown.output


def test_it_says_what_why_and_when() -> None:
    shown = " ".join(run(SALES, width=200).output.split())
    assert "one declarative component serves all 2 tables of shop" in shown
    assert (
        "customer_lifetime_value stays Python; its checks are declarative, so a component runs them" in shown
    )
    assert "every day at 05:00 (UTC), to be done by 06:00: a schedule" in shown
    assert "else: dagster.TemplatedSqlComponent, dbt" in shown
    assert "R5 ✓ The on-call channel hears of a failed run. by alerts/on_call" in shown
    assert "SHOP_DATABASE_URL secret for sources/shop" in shown
    assert "Every requirement has a line that meets it" in shown


def test_columns_are_shown_when_asked_for() -> None:
    shown = " ".join(run(SALES, "--columns", width=200).output.split())
    assert "revenue DOUBLE from marts/customer_metrics.total_revenue" in shown
    assert "from marts/customer_metrics.total_revenue" not in run(SALES, width=200).output


def test_json_is_the_plan() -> None:
    shown = run(SALES, "--format", "json")
    assert shown.exit_code == 0
    found = Plan.from_json(json.loads(shown.stdout))
    assert found.asset(("staging", "orders")).deps == (("shop", "orders"),)


def test_an_environment_changes_the_plan() -> None:
    shown = run(SALES, "--environment", "production", "--json")
    assert json.loads(shown.stdout)["warehouse"] == "snowflake"


def test_an_unmet_requirement_ends_with_one(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("blueprint: 1\nname: shop\nrequirements: {R1: Something.}\n")
    shown = run(str(tmp_path / "b.yaml"))
    assert shown.exit_code == 1
    assert "1 requirement unmet: R1" in shown.output
    assert run(str(tmp_path / "b.yaml"), "--json").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.yaml"], "missing.yaml"),
        ([SALES, "--environment", "produktion"], "has no environment 'produktion'"),
    ],
)
def test_an_error_ends_with_two(arguments: list[str], message: str) -> None:
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert message in shown.output
    assert "Traceback" not in shown.output


def test_a_mistake_of_the_plan_is_shown_with_its_line(tmp_path: Path) -> None:
    text = "blueprint: 1\nname: x\nassets:\n  a/b:\n    sql: |\n      select *\n      from a.c\n"
    (tmp_path / "b.yaml").write_text(text)
    shown = run(str(tmp_path / "b.yaml"))
    assert shown.exit_code == 2
    assert "b.yaml:7:12: no source and no asset has the table `a.c`" in shown.output
    assert "      from a.c\n" in shown.output


def test_many_assets_are_a_line_each(tmp_path: Path) -> None:
    lines = [f"  a/t{number}: {{sql: select {number} as n}}" for number in range(150)]
    (tmp_path / "b.yaml").write_text("\n".join(["blueprint: 1", "name: x", "assets:", *lines]))
    shown = run(str(tmp_path / "b.yaml"))
    assert shown.exit_code == 0
    assert sum(line.startswith("a/t") for line in shown.output.splitlines()) == 150
    assert "and 142 more" in shown.output
