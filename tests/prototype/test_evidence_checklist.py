"""What the checklist reads from a project's own files, from names and from the listing."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from dagway.project.model import Asset, Column, Project
from dagway.prototype.prove.checklist import checklist
from dagway.prototype.prove.listing import listed
from dagway.prototype.prove.metadata import plain
from dagway.prototype.prove.model import AssetEvidence, Command, Facts
from dagway.prototype.prove.model import Column as Recorded
from dagway.prototype.prove.nouns import first_word_if_verb
from dagway.prototype.prove.sources import read_sources

COMPONENT = """
from dataclasses import dataclass
import dagster as dg

@dataclass
class Good(dg.Component, dg.Resolvable):
    table: str

class Bad(dg.Component):
    pass
"""
SCHEDULE = (
    "type: dagway.components.ScheduledJob\nattributes: {job_name: daily_job, asset_selection: 'tag:a=b'}\n"
)


@pytest.mark.parametrize("name", ["load_customers", "clean_orders", "export_to_s3"])
def test_a_name_that_begins_with_a_verb_is_an_action(name: str) -> None:
    assert first_word_if_verb(name) == name.partition("_")[0]


@pytest.mark.parametrize("name", ["customers", "customer_metrics", "export", "loader_runs", "report_days"])
def test_a_noun_is_none(name: str) -> None:
    assert first_word_if_verb(name) is None


def test_components_variables_selections_and_readme_are_found(tmp_path: Path) -> None:
    (tmp_path / "defs" / "daily").mkdir(parents=True)
    (tmp_path / "components.py").write_text(COMPONENT)
    (tmp_path / "resources.py").write_text("url = EnvVar('SHOP_URL')\n")
    (tmp_path / "defs" / "daily" / "defs.yaml").write_text(SCHEDULE)
    (tmp_path / "README.md").write_text("three words here")
    found = read_sources(tmp_path)
    assert {item.name: item.is_resolvable for item in found.components} == {"Good": True, "Bad": False}
    assert found.variables == {"SHOP_URL"}
    assert found.selections["daily_job"] == "tag:a=b"
    assert (found.readme_words, found.secrets, found.has_dbt) == (3, (), False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("resources.py", "url = 'postgresql://user:hunter2hunter2@db/shop'\n"),
        ("defs.yaml", "attributes:\n  password: hunter2hunter2\n"),
    ],
)
def test_a_written_secret_is_found_at_its_line(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (found,) = read_sources(tmp_path).secrets
    assert found == f"{name}:{text.count(chr(10))}"


def test_a_secret_from_the_environment_is_none(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_text("attributes:\n  password: \"{{ env('SHOP_PASSWORD') }}\"\n")
    assert read_sources(tmp_path).secrets == ()


def test_the_listing_knows_what_is_undefined_and_defined_twice() -> None:
    output = """a log line
    {"assets": [{"asset_key": "a/b", "dependency_keys": ["x/y"]}, {"asset_key": "a/b"}, {"asset_key": "a/c"}]}"""
    found = listed(Command("dg list defs", "dg list defs --json", 0, 1.0, output))
    assert found is not None
    assert found.twice == ("a/b",)
    first = listed(
        Command("x", "x", 0, 1.0, '{"assets": [{"asset_key": "a/b", "dependency_keys": ["x/y"]}]}')
    )
    assert first is not None
    assert first.undefined == ("x/y",)


def test_the_listing_of_an_older_dagster_has_other_names() -> None:
    found = listed(Command("x", "x", 0, 1.0, '{"assets": [{"key": "a/b", "deps": ["x/y"]}]}'))
    assert found is not None
    assert dict(found.keys) == {"a/b": ("x/y",)}


@pytest.mark.parametrize(
    ("recorded", "status"),
    [(("region", "N"), "passed"), (("region", "total"), "failed"), ((), "passed")],
    ids=["as declared", "renamed", "not recorded"],
)
def test_a_declared_column_that_the_table_lacks_is_wrong_documentation(
    tmp_path: Path, recorded: tuple[str, ...], status: str
) -> None:
    (tmp_path / "README.md").write_text("three words here")
    declared = Asset(("marts", "totals"), columns=(Column("region", "VARCHAR"), Column("n", "BIGINT")))
    columns = tuple(Recorded(name, "VARCHAR") for name in recorded)
    seen = AssetEvidence("marts/totals", materialized=True, description="Totals.", columns=columns)
    lines = checklist(tmp_path, None, Facts(Project("shop", tmp_path, (declared,)), (seen,)))
    (line,) = (one for one in lines if one.id == "documentation")
    assert line.status == status
    assert ("marts/totals.n" in line.evidence) == (status == "failed")


def test_a_query_is_told_without_its_fence() -> None:
    values = {
        "query": dg.MetadataValue.md("```sql\nselect 1\nfrom x\n```"),
        "preview": dg.MetadataValue.md("| a |\n| --- |"),
    }
    assert plain(values) == {"query": "select 1\nfrom x", "preview": "| a |\n| --- |"}


@pytest.mark.parametrize("output", ["", "no JSON", "{broken"])
def test_output_without_json_is_no_listing(output: str) -> None:
    assert listed(Command("dg list defs", "dg list defs --json", 0, 1.0, output)) is None
