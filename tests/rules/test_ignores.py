"""Comments that silence a rule, in each language, for the line and for what the line begins."""

from __future__ import annotations

from typing import Any

import pytest

PRIVATE = "from dagster._core.definitions import AssetKey"
DBT = {"dbt_project.yml": "name: shop\n"}


def remaining(checked: Any, files: dict[str, str], rule: str) -> tuple[int, int]:
    report = checked(files, rule)
    assert report.crashes == ()
    return len(report.findings), report.ignored


@pytest.mark.parametrize(
    "text",
    [
        f"{PRIVATE}  # dagway: ignore[private-dagster-import] no public name\n",
        f"# dagway: ignore[private-dagster-import] no public name\n{PRIVATE}\n",
        f"# dagway: ignore[removed-api, private-dagster-import]\n# and why\n\n{PRIVATE}\n",
        "from dagster._core.definitions import (  # dagway: ignore[private-dagster-import]\n    AssetKey,\n)\n",
        "from dagster._core.definitions import (\n    AssetKey,  # dagway: ignore[private-dagster-import]\n)\n",
    ],
)
def test_a_line_of_python(checked: Any, text: str) -> None:
    assert remaining(checked, {"a.py": text}, "private-dagster-import") == (0, 1)


@pytest.mark.parametrize(
    "text",
    [
        f"{PRIVATE}  # dagway: ignore[removed-api] another rule\n",
        f"{PRIVATE}  # dagway: ignore all\n",
        f"x = 1  # dagway: ignore[private-dagster-import]\n{PRIVATE}\n",
        f'"""\n# dagway: ignore[private-dagster-import]\n"""\n{PRIVATE}\n',
    ],
)
def test_what_silences_nothing(checked: Any, text: str) -> None:
    assert remaining(checked, {"a.py": text}, "private-dagster-import") == (1, 0)


ASSET = """\
import dagster as dg
import requests


{above}
@dg.asset{decorator}
def orders():{head}
    first = requests.get("https://example.com")
    return requests.get("https://example.com")


@dg.asset
def customers():
    return requests.get("https://example.com")
"""
COMMENT = "  # dagway: ignore[connection-in-asset] an open address"


@pytest.mark.parametrize("place", ["above", "decorator", "head"])
def test_a_definition_by_its_decorator_or_first_line(checked: Any, place: str) -> None:
    filled = {"above": "", "decorator": "", "head": "", place: COMMENT}
    text = ASSET.format(**{**filled, "above": filled["above"].strip()})
    assert remaining(checked, {"a.py": text}, "connection-in-asset") == (1, 2)


def test_a_block_of_yaml(checked: Any) -> None:
    text = (
        "type: shop.Shop\n"
        "attributes:  # dagway: ignore[secret-literal] a test account\n"
        "  api_key: b1946ac92492d2347c6235b4d2611184\n"
        "  nested:\n"
        "    password: hunter2!\n"
        "other:\n"
        "  token: b1946ac92492d2347c6235b4d2611184\n"
    )
    assert remaining(checked, {"defs/a/defs.yaml": text}, "secret-literal") == (1, 2)


def test_what_looks_like_a_comment_in_a_text_of_yaml_is_none(checked: Any) -> None:
    text = "type: shop.Shop\nattributes:\n  query: |\n    # dagway: ignore[secret-literal]\n    x\n  api_key: b1946ac92492d2347c6\n"
    report = checked({"defs/a/defs.yaml": text}, "secret-literal", "unused-ignore")
    assert [item.rule for item in report.findings] == ["secret-literal"]


def test_unused_ignores_are_not_counted_as_ignored(checked: Any) -> None:
    report = checked({"a.py": "x = 1  # dagway: ignore[removed-api]\n"})
    assert ([item.rule for item in report.findings], report.ignored) == (["unused-ignore"], 0)


def test_a_line_of_sql(checked: Any) -> None:
    text = "select * from raw.orders -- dagway: ignore[dbt-hardcoded-relation] made by hand\njoin raw.items on true\n"
    assert remaining(checked, {**DBT, "models/a.sql": text}, "dbt-hardcoded-relation") == (1, 1)


def test_rules_over_the_tree_are_silenced_too(checked: Any) -> None:
    text = (
        'import dagster as dg\n\na = dg.EnvVar("A")  # dagway: ignore[env-undeclared] set by the platform\n'
    )
    assert remaining(checked, {"a.py": text}, "env-undeclared") == (0, 1)
