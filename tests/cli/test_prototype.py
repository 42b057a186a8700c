"""`dagway prototype`: from a blueprint to a proven project, and what it says of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dagway.cli._changes import differences
from dagway.cli.main import main
from dagway.errors import DagwayError

BLUEPRINT = """\
blueprint: 1
name: shop_numbers
description: Orders by day.
owners: [team:data]
tags: {domain: shop}
requirements:
  R1: Orders arrive from the shop.
  R2: Revenue is known for each day.
warehouse: {integration: duckdb, database: data/shop.duckdb}
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_NUMBERS_URL') }}"
    tables:
      orders:
        description: Orders.
    demo: data/shop
    meets: [R1]
assets:
  marts/revenue:
    description: Revenue by day.
    sql: select day, sum(amount) as revenue from shop.orders group by day
    checks:
      - row_count: {min: MINIMUM}
    meets: [R2]
environments:
  staging:
    warehouse: {integration: duckdb, database: data/staging.duckdb}
"""
ORDERS = "order_id,day,amount\n1,2026-01-01,10\n2,2026-01-01,5\n3,2026-01-02,7\n"

Prototype = Callable[..., Result]


def write_blueprint(folder: Path, minimum: int = 2) -> None:
    (folder / "blueprint.yaml").write_text(BLUEPRINT.replace("MINIMUM", str(minimum)))


@pytest.fixture
def prototype(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prototype:
    """Runs the command on a small blueprint, in its folder."""
    (tmp_path / "data" / "shop").mkdir(parents=True)
    (tmp_path / "data" / "shop" / "orders.csv").write_text(ORDERS)
    write_blueprint(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP_NUMBERS_URL", raising=False)
    monkeypatch.delenv("DAGWAY_ENVIRONMENT", raising=False)
    return lambda *options: CliRunner().invoke(main, ["prototype", "blueprint.yaml", "out", *options])


def test_a_build_tells_what_it_created(prototype: Prototype, tmp_path: Path) -> None:
    result = prototype("--no-verify")
    assert result.exit_code == 0, result.output
    created = [
        path for path in (tmp_path / "out").rglob("*") if path.is_file() and ".dagway" not in path.parts
    ]
    assert result.stdout == f"Built out: {len(created)} created\n"
    assert not (tmp_path / "out" / "evidence").exists()


def test_a_build_without_a_proof_tells_what_it_could_not_make(prototype: Prototype, tmp_path: Path) -> None:
    blueprint = tmp_path / "blueprint.yaml"
    chat = "  chat: {integration: slack, tables: [messages], meets: [R3]}\nassets:\n"
    text = blueprint.read_text().replace("assets:\n", chat, 1)
    blueprint.write_text(text.replace("requirements:\n", "requirements:\n  R3: Messages arrive.\n"))
    result = prototype("--no-verify")
    assert result.exit_code == 1, result.output
    built, *lacking = result.stdout.splitlines()
    assert built.startswith("Built out: ")
    assert [line.split(": ")[:2] for line in lacking] == [["not built", "chat/messages"], ["unmet", "R3"]]
    result = prototype("--no-verify", "--json")
    assert (result.exit_code, json.loads(result.stdout)["unmet"]) == (1, ["R3"])


def test_a_second_build_keeps_what_a_person_changed(prototype: Prototype, tmp_path: Path) -> None:
    prototype("--no-verify")
    query = tmp_path / "out" / "shop_numbers" / "defs" / "marts" / "revenue" / "revenue.sql"
    query.write_text("select 1 as revenue")
    blueprint = tmp_path / "blueprint.yaml"
    blueprint.write_text(blueprint.read_text().replace("sum(amount)", "sum(2 * amount)"))
    result = prototype("--no-verify")
    path = query.relative_to(tmp_path / "out").as_posix()
    assert f"  kept {path}, changed by hand; ours is in {path}.dagway-new\n" in result.stdout
    assert "\n-select 1 as revenue\n" in result.stdout
    assert "  updated plan.json\n" in result.stdout
    assert query.read_text() == "select 1 as revenue"


def test_a_diff_writes_nothing(prototype: Prototype, tmp_path: Path) -> None:
    prototype("--no-verify")
    readme = tmp_path / "out" / "README.md"
    before = readme.read_bytes()
    blueprint = tmp_path / "blueprint.yaml"
    blueprint.write_text(blueprint.read_text().replace("Orders by day.", "Orders for every day."))
    result = prototype("--diff")
    assert result.exit_code == 0
    assert result.stdout.startswith("Would build out: ")
    assert "\n-Orders by day.\n+Orders for every day.\n" in result.stdout
    assert readme.read_bytes() == before


def test_changes_as_json(prototype: Prototype) -> None:
    changes = json.loads(prototype("--no-verify", "--json").stdout)["changes"]
    assert "plan.json" in changes["created"]
    assert changes["kept"] == []


def test_missing_variables_are_named_before_anything_is_written(prototype: Prototype, tmp_path: Path) -> None:
    result = prototype()
    assert result.exit_code == 2
    assert "SHOP_NUMBERS_URL, used by sources/shop" in result.stderr
    assert "--demo" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_environment_is_an_error_with_those_that_there_are(prototype: Prototype) -> None:
    result = prototype("--environment", "stagign")
    assert result.exit_code == 2
    assert "staging" in result.stderr


def test_demo_excludes_another_environment(prototype: Prototype) -> None:
    assert "exclude each other" in prototype("--demo", "--environment", "staging").stderr


def test_mistakes_in_a_blueprint_as_json(prototype: Prototype, tmp_path: Path) -> None:
    blueprint = tmp_path / "blueprint.yaml"
    blueprint.write_text(blueprint.read_text().replace("row_count", "row_cuont"))
    error = json.loads(prototype("--json").stdout)["error"]
    assert [mistake["line"] for mistake in error["mistakes"]] == [24]


def test_the_time_of_a_proof_is_the_callers_to_say(
    prototype: Prototype, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def prove(*_: object, timeout: float, **__: object) -> None:
        given.append(timeout)
        raise DagwayError("Out of time.", "Give more time with --timeout.")

    monkeypatch.setattr("dagway.prototype.prove.prove", prove)
    assert prototype("--demo", "--timeout", "7200").exit_code == 2
    assert given == [7200]


@pytest.mark.integration
def test_a_proven_project_ends_with_the_page_and_the_command_of_the_ui(
    prototype: Prototype, tmp_path: Path
) -> None:
    result = prototype("--demo")
    assert result.exit_code == 0, result.output
    assert "2 of 2 requirements met" in result.stdout
    last = result.stdout.splitlines()[-2:]
    assert last[0].split() == ["Evidence", os.path.join("out", "evidence", "index.html")]  # noqa: PTH118
    assert last[1].startswith("Look      cd out && DAGSTER_HOME=$PWD/.dagway/home DAGWAY_DEMO=1 ")
    assert last[1].endswith("dg dev")
    assert (tmp_path / "out" / "evidence" / "index.html").exists()


@pytest.mark.integration
def test_an_unmet_requirement_is_status_one_and_says_what_lacks(prototype: Prototype, tmp_path: Path) -> None:
    write_blueprint(tmp_path, minimum=3)
    result = prototype("--demo", "--json")
    shown = json.loads(result.stdout)
    assert result.exit_code == 1
    assert shown["met"] is False
    assert {name: one["met"] for name, one in shown["evidence"]["requirements"].items()} == {
        "R1": True,
        "R2": False,
    }


def test_the_environment_ends_with_the_command(prototype: Prototype) -> None:
    prototype("--no-verify", "--environment", "staging")
    assert "DAGWAY_ENVIRONMENT" not in os.environ


def test_a_removed_sql_comment_begins_no_file() -> None:
    part = "--- a.sql\n+++ a.sql (new)\n@@ -1,2 +1 @@\n--- a comment\n-old\n+new\n"
    other = "--- b.sql\n+++ b.sql (new)\n@@ -1 +1 @@\n-x\n+y\n"
    assert list(differences(part + other)) == [("a.sql", part), ("b.sql", other)]
    assert list(differences("")) == []
