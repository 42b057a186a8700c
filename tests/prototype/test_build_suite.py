"""The project's own tests: what they build, and which of them there are."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from dagway.blueprint.load import load
from dagway.prototype.build import render
from dagway.prototype.build.assets import condition
from dagway.prototype.build.without_demo import without_demo
from dagway.prototype.plan import plan
from tests.prototype.blueprints import EVERYTHING, LOGIC, loaded, rendered

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_partitioned_project_builds_each_table_at_once_and_one_part_again() -> None:
    files = render(load(EXAMPLES / "weather" / "blueprint.yaml"))
    conftest, parts = files["tests/conftest.py"], files["tests/test_partitions.py"]
    assert isinstance(conftest, bytes)
    assert b"partitions_def=None" in conftest
    assert isinstance(parts, bytes)
    assert b'PARTITIONED = [\n    "staging/days",' in parts


def test_a_project_without_partitions_has_no_code_for_them() -> None:
    files = render(load(EXAMPLES / "sales_analytics" / "blueprint.yaml"))
    conftest = files["tests/conftest.py"]
    assert isinstance(conftest, bytes)
    assert b"partition" not in conftest
    assert "tests/test_partitions.py" not in files


def test_a_long_condition_has_a_line_for_each_operand() -> None:
    made = condition("on_cron('0 6 * * *') | on_missing", "Europe/Berlin")
    assert made is not None
    assert made.text.split("\n") == [
        'dg.AutomationCondition.on_cron("0 6 * * *", "Europe/Berlin")',
        "    | dg.AutomationCondition.on_missing()",
    ]


def test_a_check_stands_on_the_tables_that_its_query_reads_and_no_other(tmp_path: Path) -> None:
    sources = """
blueprint: 1
name: two
sources:
  shop: {integration: postgres, connection: "{{ env('SHOP') }}", tables: [orders]}
  web:
    integration: postgres
    connection: "{{ env('WEB') }}"
    tables: {orders: {columns: {id: BIGINT}}, orders_kept: {columns: {id: BIGINT}}}
    demo: data/web
assets:
"""
    asset = "  {}: {{sql: select id from web.orders, checks: [{{name: right, sql: {}}}]}}\n"
    checks = {
        "a/reads": "select * from shop.orders",
        "a/quoted": 'select * from "shop"."orders"',
        "a/text": "select * from web.orders where id = 'shop.orders'",
        "a/longer": "select * from web.orders_kept -- not shop.orders",
        "a/file": "checks/reads.sql",
        "a/nested": "select * from a.reads",
    }
    text = sources + "".join(asset.format(key, json.dumps(query)) for key, query in checks.items())
    files = {
        "data/web/orders.csv": "id\n1\n",
        "data/web/orders_kept.csv": "id\n1\n",
        "checks/reads.sql": "select *\nfrom shop . orders\n",
    }
    written = loaded(tmp_path, text, files)
    lacking = without_demo(written, plan(written))
    assert {"/".join(key) for key in lacking} == {"shop/orders", "a/reads", "a/quoted", "a/file", "a/nested"}
    assert set(lacking.values()) == {"the source shop has no demo files"}


STATIC = "partitions: {static: [web, store]}"
VIEW = "materialized: view"


@pytest.mark.parametrize(
    ("was", "written", "parts", "spoilt"),
    [
        (STATIC, STATIC, 1, 3),
        (STATIC, "partitions: {dynamic: channels}", 0, 3),
        (VIEW, f"{VIEW}\n    checks: [{{unique: customer_id}}]", 1, 3),
        (VIEW, "checks: [{unique: customer_id}]", 1, 4),
        ("  production:\n", "  demo:\n", 1, 0),
    ],
    ids=[
        "as it stands",
        "dynamic parts",
        "a check of a view",
        "a check of a table",
        "demo mode's own warehouse",
    ],
)
def test_the_plan_and_the_suite_say_the_same_tests(
    was: str, written: str, parts: int, spoilt: int, tmp_path: Path
) -> None:
    text = EVERYTHING.replace(was, written)
    files = rendered(tmp_path, text, LOGIC)
    planned = plan(loaded(tmp_path, text, LOGIC)).tests
    checks, partitions = files["tests/test_checks.py"], files.get("tests/test_partitions.py", "")
    named = [
        *(f"tests/test_assets.py::{name}" for name in _functions(files["tests/test_assets.py"])),
        *(
            f"tests/test_checks.py::test_the_check_holds[{row[0]}-{row[1]}]"
            for row in _value(checks, "CHECKS")
        ),
    ]
    of_spoilt = [
        f"tests/test_checks.py::test_the_check_sees_spoilt_rows[{row[0]}-{row[1]}]"
        for row in _value(checks, "SPOILT")
    ]
    of_parts = [
        f"tests/test_partitions.py::test_a_part_replaces_its_own_rows[{key}]"
        for key in _value(partitions, "PARTITIONED")
    ]
    assert (len(of_parts), len(of_spoilt)) == (parts, spoilt)
    named += [
        f"tests/test_built.py::test_the_asset_is_built[{key}]"
        for key in _value(files["tests/test_built.py"], "BUILT")
    ]
    files_of = (
        "tests/test_assets.py",
        "tests/test_built.py",
        "tests/test_checks.py",
        "tests/test_partitions.py",
    )
    assert sorted(named + of_spoilt + of_parts) == sorted(one for one in planned if one.startswith(files_of))


def test_assets_whose_keys_sound_alike_have_a_test_each(tmp_path: Path) -> None:
    text = """
blueprint: 1
name: alike
assets:
  a/b_c: {python: "t.py:first"}
  a_b/c: {python: "t.py:second"}
  a_b/c_2: {python: "t.py:third"}
"""
    code = {"t.py": "\n".join(f"def {name}(): ..." for name in ("first", "second", "third"))}
    source = rendered(tmp_path, text, code)["tests/test_assets.py"]
    assert len(set(_functions(source))) == 3
    assert set(_functions(source)) == {
        one.rpartition("::")[2]
        for one in plan(loaded(tmp_path, text, code)).tests
        if one.startswith("tests/test_assets.py")
    }


def _functions(source: str) -> list[str]:
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def _value(source: str, name: str) -> Any:
    """What a file assigns to a name; nothing where it does not."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    return []
