"""Comments that silence a rule, in each language, for the line and for what the line begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagway.rules.engine import Task, check
from dagway.rules.library import library
from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile

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
        f"{PRIVATE}  #dagway:ignore[private-dagster-import]\n",
        f"{PRIVATE}  # dagway: ignore[private-*]\n",
        f"if True:\n    x = 'é'; {PRIVATE}  # dagway: ignore[private-dagster-import]\n",
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
        f'x = "# dagway: ignore[private-dagster-import]"; {PRIVATE}\n',
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'x = "# dagway: ignore[removed-api]"\n'),
        ("a.py", "x = f'{1}# dagway: ignore[removed-api]'\n"),
        ("values.yaml", "x: 'a # dagway: ignore[secret-literal]'\n"),
        ("a.sql", "select '-- dagway: ignore[secret-literal]' as x -- don't\n"),
    ],
)
def test_what_looks_like_a_comment_in_a_text_of_one_line_is_none(checked: Any, name: str, text: str) -> None:
    assert checked({name: text}).findings == ()


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# dagway: ignore[removed-api]", "the ignore of removed-api silences nothing"),
        ("# dagway: ignore[removed-a*]", "the ignore of removed-a* silences nothing"),
        (
            "# dagway: ignore[removed-apy]",
            "the ignore of removed-apy silences nothing: there is no such rule",
        ),
        ("# dagway: ignore[privat-*]", "the ignore of privat-* silences nothing: there is no such rule"),
        ("# dagway: ignore because", "the ignore silences nothing: it names no rule"),
        ("# dagway:ignore[]", "the ignore silences nothing: it names no rule"),
    ],
)
def test_an_ignore_that_silences_nothing_says_why(checked: Any, comment: str, said: str) -> None:
    assert [item.message for item in checked({"a.py": f"x = 1  {comment}\n"}).findings] == [said]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("code", "unused"),
    [("", ["removed-api", "resource-unbound"]), ("1 / 0\n", ["removed-api"])],
    ids=["loads", "fails"],
)
def test_an_ignore_of_a_loaded_rule_is_unused_only_where_the_definitions_loaded(
    checked: Any, code: str, unused: list[str]
) -> None:
    text = (
        "import dagster as dg  # dagway: ignore[resource-unbound, removed-api]\n\ndefs = dg.Definitions()\n"
    )
    rules = ("resource-unbound", "removed-api", "unused-ignore")
    report = checked({"definitions.py": text + code}, *rules, load=True)
    assert [item.message.split()[3] for item in report.findings] == unused


def test_an_ignore_of_a_rule_that_failed_may_be_of_use(tmp_path: Path) -> None:
    @rule("failing", severity="note")
    def failing(file: PythonFile) -> list[Problem]:
        """Fails."""
        raise ZeroDivisionError

    (tmp_path / "a.py").write_text("x = 1  # dagway: ignore[failing]\n")
    [unused] = [item for item in library() if item.id == "unused-ignore"]
    checked = check(Task(tmp_path, (tmp_path,), (failing, unused), load=False, cached=False))
    assert (len(checked.crashes), checked.findings) == (1, ())


def test_unused_ignores_are_not_counted_as_ignored(checked: Any) -> None:
    report = checked({"a.py": "x = 1  # dagway: ignore[removed-api]\n"})
    assert ([item.rule for item in report.findings], report.ignored) == (["unused-ignore"], 0)


def test_a_line_of_sql(checked: Any) -> None:
    text = "select * from raw.orders -- dagway: ignore[dbt-hardcoded-relation] made by hand\njoin raw.items on true\n"
    assert remaining(checked, {**DBT, "models/a.sql": text}, "dbt-hardcoded-relation") == (1, 1)


IGNORED = "from raw.orders -- dagway: ignore[dbt-hardcoded-relation] made by hand\nwhere b = 'y'\n"


@pytest.mark.parametrize(
    "before",
    [
        r"select 'it\'s' as a, {{ x }} ",
        "{% set q = 'it\\'s' %}\nselect a, {{ x }} ",
        "select $$ don't $$ as c, {{ x }}\n",
        "select $$ don't $$ as c, {{ x }} ",
        "select `it's` as c, {{ x }}\n",
        r"select regexp_replace(c, '\\', '\'') as c, {{ x }} ",
        "select a, {{ x }} /* don't */ ",
        "-- it's a model\nselect {{ x }} ",
    ],
)
def test_a_quote_within_a_text_of_sql_swallows_no_ignore(checked: Any, before: str) -> None:
    assert remaining(checked, {**DBT, "models/a.sql": before + IGNORED}, "dbt-hardcoded-relation") == (0, 1)


@pytest.mark.parametrize(
    "quoted", ["'{}'", '"{}"', "`{}`", "$$ {} $$", "'it\\'s {}'", "'it''s {}'", "$a$ don't {} $a$"]
)
def test_what_looks_like_a_comment_in_a_text_of_sql_is_none(checked: Any, quoted: str) -> None:
    mark = quoted.format("-- dagway: ignore[dbt-hardcoded-relation]")
    text = f"select {{{{ x }}}} from raw.orders where t = {mark}\n"
    assert remaining(checked, {**DBT, "models/a.sql": text}, "dbt-hardcoded-relation") == (1, 0)


def test_a_blank_before_the_bracket_changes_nothing(checked: Any) -> None:
    text = f"{PRIVATE}  # dagway: ignore [private-dagster-import] no public name\n"
    assert remaining(checked, {"a.py": text}, "private-dagster-import") == (0, 1)


def test_two_ignores_in_one_comment_both_count(checked: Any) -> None:
    text = f"{PRIVATE}  # dagway: ignore[removed-api] # dagway: ignore[private-dagster-import] and why\n"
    assert remaining(checked, {"a.py": text}, "private-dagster-import") == (0, 1)


def test_rules_over_the_tree_are_silenced_too(checked: Any) -> None:
    text = (
        'import dagster as dg\n\na = dg.EnvVar("A")  # dagway: ignore[env-undeclared] set by the platform\n'
    )
    assert remaining(checked, {"a.py": text}, "env-undeclared") == (0, 1)
