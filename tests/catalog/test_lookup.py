"""Finding by name, words and role, on a small catalogue and on the shipped one."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import pytest

from dagway.catalog import Catalog, Integration, alternatives, catalog
from dagway.catalog.model import Role

SHIPPED = catalog()


def _shipped(name: str) -> Integration:
    found = SHIPPED.get(name)
    assert found is not None
    return found


def _names(found: tuple[Integration, ...]) -> list[str]:
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("postgres", "postgres"),
        ("PostgreSQL", "postgres"),
        ("local", "filesystem"),
        ("MinIO", "s3"),
        (" Great  Expectations ", "great-expectations"),
        ("cloud_run", "cloud-run"),
        ("Airflow", "airlift"),
    ],
)
def test_get_knows_names_and_aliases_whatever_the_case(asked: str, name: str) -> None:
    assert _shipped(asked).name == name


@pytest.mark.parametrize("asked", ["", "postgre", "no such thing"])
def test_get_does_not_guess(asked: str) -> None:
    assert SHIPPED.get(asked) is None


def test_search_wants_every_word() -> None:
    assert "gcs" in _names(SHIPPED.search("cloud object"))
    assert SHIPPED.search("cloud object zebra") == ()


def test_search_without_words_finds_all() -> None:
    assert SHIPPED.search("  ") == SHIPPED.integrations


def test_search_puts_names_before_titles_before_descriptions() -> None:
    in_name = _one("sheetload")
    in_title = replace(_one("b"), title="Sheet Reader")
    in_description = replace(_one("a"), description="Reads a sheet.")
    found = Catalog((in_description, in_title, in_name)).search("SHEET")
    assert _names(found) == ["sheetload", "b", "a"]


def test_search_puts_the_very_name_first() -> None:
    assert _names(SHIPPED.search("dbt"))[:2] == ["dbt", "dbt-cloud"]
    assert _names(SHIPPED.search("postgresql"))[0] == "postgres"


def test_a_category_counts_like_a_name() -> None:
    first = SHIPPED.search("bi")[0]
    assert first.category == "BI"


def test_serving_keeps_to_the_role() -> None:
    alerting = SHIPPED.serving("alert")
    assert {"slack", "webhook", "msteams"} <= set(_names(alerting))
    assert "postgres" not in _names(alerting)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("postgress", "postgres"), ("snowflke", "snowflake"), ("Big Qery", "bigquery"), ("sqllite", "sqlite")],
)
def test_nearest_says_what_was_meant(typed: str, meant: str) -> None:
    assert SHIPPED.nearest(typed) == meant


def test_nearest_is_silent_when_nothing_is_near() -> None:
    assert SHIPPED.nearest("qqqqqqqq") is None


def test_similar_names_an_integration_once() -> None:
    near = SHIPPED.similar("azure-blob-storag", most=5)
    assert near[0] == "azure"
    assert len(set(near)) == len(near)


def test_alternatives_share_role_and_category_and_tested_ones_come_first() -> None:
    others = alternatives(_shipped("snowflake"), "warehouse")
    assert others[0].name == "duckdb"
    assert all(one.category == "warehouse" and "warehouse" in one.roles for one in others)
    assert "snowflake" not in _names(others)


def test_alternatives_that_dagway_serves_come_before_those_it_does_not() -> None:
    served = replace(_one("z"), dagway={"source": "dagway.Files"})
    tested_elsewhere = replace(_one("b"), roles=("source", "export"), dagway={"export": "x"}, tested="real")
    small = Catalog((_one("a"), tested_elsewhere, served, _one("asked")))
    assert _names(small.alternatives(_one("asked"), "source")) == ["z", "b", "a"]


@pytest.mark.parametrize("role", ["source", "export", "compute"])
def test_alternatives_are_at_most_five(role: Role) -> None:
    assert max(len(alternatives(one, role)) for one in SHIPPED.integrations) == 5


def test_an_integration_does_not_change_and_travels() -> None:
    one = _shipped("s3")
    with pytest.raises(FrozenInstanceError):
        one.name = "other"  # pyright: ignore[reportAttributeAccessIssue]
    assert pickle.loads(pickle.dumps(one)) == one
    assert {one: 1}[one] == 1


def test_what_the_file_leaves_out_has_its_default() -> None:
    assert _shipped("atlan") == Integration(
        name="atlan",
        title="Atlan",
        category="metadata",
        description="Streams asset events to an Atlan catalogue.",
        package=None,
        component=None,
        docs="https://docs.dagster.io/integrations/libraries/atlan",
        roles=(),
        aliases=(),
        in_dagster_index=True,
        dagway={},
        library=(),
        tested="none",
    )


def test_the_catalogue_is_read_once() -> None:
    assert catalog() is SHIPPED


def test_looking_up_imports_nothing_heavy() -> None:
    heavy = "{'dagster', 'pandas', 'duckdb', 'sqlglot', 'pydantic', 'rich', 'sqlalchemy'}"
    code = f"import sys; from dagway.catalog import catalog; catalog().search('s3'); print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def _one(name: str) -> Integration:
    return Integration(
        name=name,
        title=name.title(),
        category="storage",
        description="Something.",
        package=None,
        component=None,
        docs="https://example.com",
        roles=("source",),
        aliases=(),
        in_dagster_index=False,
        dagway={},
        library=(),
        tested="none",
    )
