"""`dagway integrations`, as a person and as a program read it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dagway.catalog import catalog
from dagway.cli.integrations import integrations


def _run(*arguments: str, columns: int = 100) -> Result:
    return CliRunner().invoke(integrations, arguments, env={"COLUMNS": str(columns), "FORCE_COLOR": None})


def _json(*arguments: str) -> list[dict[str, Any]]:
    result = _run(*arguments)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_all_of_them_are_listed_without_a_query() -> None:
    assert [one["name"] for one in _json("--format", "json")] == [one.name for one in catalog().integrations]


def test_json_has_every_field_in_plain_values() -> None:
    assert _json("local", "--category", "storage", "--json")[0] == {
        "name": "filesystem",
        "title": "Local file system",
        "category": "storage",
        "description": "Files in a folder of the machine: CSV, JSON and Parquet.",
        "package": None,
        "component": None,
        "docs": "https://docs.dagster.io/guides/build/io-managers",
        "roles": ["source", "export"],
        "aliases": ["local", "file", "files", "fs", "disk"],
        "in_dagster_index": False,
        "dagway": {"source": "dagway.Files", "export": "dagway.ObjectExport"},
        "library": [],
        "tested": "real",
    }


def test_json_says_package_and_component() -> None:
    found = _json("dbt", "--json")[0]
    assert found["package"] == "dagster-dbt"
    assert found["component"] == "dagster_dbt.DbtProjectComponent"


def test_what_no_blueprint_builds_yet_names_what_serves_it_by_hand() -> None:
    found = _json("dbt", "--json")[0]
    assert (found["dagway"], found["library"], found["tested"]) == ({}, ["dagway.DbtProject"], "real")


def test_several_words_are_one_question() -> None:
    assert [one["name"] for one in _json("google", "cloud", "store", "--json")] == ["gcs"]


def test_category_and_role_narrow_the_list() -> None:
    found = _json("--category", "etl", "--role", "export", "--json")
    assert found
    assert all(one["category"] == "ETL" and "export" in one["roles"] for one in found)


def test_a_name_alone_shows_everything_about_it() -> None:
    text = _run("PostgreSQL").stdout
    assert text.startswith("PostgreSQL: ")
    for part in ("dagster-postgres", "dagway.SqlTables", "sqlite", "real", "libraries/postgres"):
        assert part in text


def test_one_find_is_shown_like_a_name() -> None:
    assert "libraries/papertrail" in _run("papertr").stdout


def test_addresses_are_never_wrapped() -> None:
    text = _run("airlift", columns=40).stdout
    assert "dagster_airlift.core.components.AirflowInstanceComponent" in text
    assert "https://docs.dagster.io/integrations/libraries/airlift" in text


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_names_stay_whole_at_any_width(columns: int) -> None:
    lines = _run("--category", "secrets", columns=columns).stdout.splitlines()
    first_words = {line.split()[0] for line in lines if line.strip()}
    assert {"secretsmanager", "ssm", "vault"} <= first_words
    assert max(map(len, lines)) <= columns


def test_words_of_the_description_are_not_broken() -> None:
    text = _run("--category", "alerting", columns=40).stdout
    words = {
        word
        for one in catalog().integrations
        if one.category == "alerting"
        for word in one.description.split()
    }
    assert words <= set(text.split())


def test_no_colour_where_there_is_no_terminal() -> None:
    assert "\x1b[" not in _run("slack").stdout + _run().stdout


def test_nothing_found_is_unmet_and_names_what_is_near() -> None:
    result = _run("postgrss")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "postgrss" in result.stderr
    assert "postgres" in result.stderr


def test_nothing_found_stays_json_for_a_program() -> None:
    result = _run("postgrss", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == []


def test_nothing_near_says_what_to_do() -> None:
    result = _run("qqqqqqqq")
    assert result.exit_code == 1
    assert "Try fewer words" in result.stderr


def test_options_that_exclude_a_match_are_named() -> None:
    result = _run("slack", "--role", "source")
    assert result.exit_code == 1
    assert "with these options" in result.stderr


def test_an_unknown_category_lists_the_known_ones() -> None:
    result = _run("--category", "cooking")
    assert result.exit_code == 2
    assert "cooking" in result.stderr
    assert "warehouse" in result.stderr
