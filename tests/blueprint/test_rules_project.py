"""Names that the built project uses itself are mistakes of the blueprint, not of what is built from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors, load_text
from dagway.blueprint.rules_project import FOLDERS, SCHEMAS

HEAD = "blueprint: 1\nname: shop_data\n"
SHOP = "sources: {%s: {integration: postgres, connection: \"{{ env('URL') }}\", tables: [orders]}}\n"


def said(text: str, folder: Path) -> list[str]:
    with pytest.raises(BlueprintErrors) as caught:
        load_text(HEAD + text, folder / "blueprint.yaml")
    return [f"{one.position.line} {one.message} → {one.remedy}" for one in caught.value.mistakes]


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_no_source_and_no_group_is_a_part_of_the_project(name: str, tmp_path: Path) -> None:
    assert said(SHOP % name, tmp_path) == [
        f"3 the source `{name}` has the name of a part of the project → write another, such as {name}_data"
    ]
    assert said(f"assets: {{{name}/x: {{sql: select 1}}}}\n", tmp_path) == [
        f"3 the asset group `{name}` has the name of a part of the project → write another, such as {name}_data"
    ]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_no_source_and_no_group_is_a_schema_of_the_warehouse_itself(name: str, tmp_path: Path) -> None:
    said_of = "has the name of a schema that the warehouse keeps for itself → write another, such as"
    assert said(SHOP % name, tmp_path) == [f"3 the source `{name}` {said_of} {name}_data"]
    assert said(f"assets: {{{name}/x: {{sql: select 1}}}}\n", tmp_path) == [
        f"3 the asset group `{name}` {said_of} {name}_data"
    ]


def test_capital_letters_do_not_make_it_another_folder(tmp_path: Path) -> None:
    assert "part of the project" in said("assets: {Exports/x: {sql: select 1}}\n", tmp_path)[0]


@pytest.mark.parametrize("name", ["warehouse", "io_manager"])
def test_no_source_is_a_resource_that_every_project_has(name: str, tmp_path: Path) -> None:
    assert said(SHOP % name, tmp_path) == [
        f"3 the source `{name}` has the name of a resource that every project has → write another, such as {name}_source"
    ]


def test_no_source_is_the_database_of_an_export(tmp_path: Path) -> None:
    export = (
        "exports: {crm: {from: crm_database/orders, integration: postgres,"
        " connection: \"{{ env('CRM') }}\", table: a.b}}\n"
    )
    assert said(SHOP % "crm_database" + export, tmp_path) == [
        "3 the source `crm_database` has the name of the database of the export `crm` → give one of them another name"
    ]


@pytest.mark.parametrize(
    ("checks", "beside"),
    [
        ("{unique: id}", "a/x_checks"),
        ("{python: t.py:ok}", "a/x_ok"),
        ("{python: t.py:ok, name: sane}", "a/x_sane"),
    ],
)
def test_no_asset_is_a_file_of_checks(checks: str, beside: str, tmp_path: Path) -> None:
    text = f"assets:\n  a/x: {{python: t.py:x, checks: [{checks}]}}\n  {beside}: {{sql: select 1}}\n"
    assert said(text, tmp_path) == [
        f"5 `{beside}` has the name of a file of checks of `a/x` on line 4 → give it another name"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "assets:\n  a/x: {python: t.py:x}\n  a/x_checks: {sql: select 1}\n",
        "assets:\n  a/x: {sql: select 1, checks: [{unique: id}]}\n  a/x_checks: {sql: select 1}\n",
        "assets:\n  a/x: {python: t.py:x, checks: [{unique: id}]}\n  b/x_checks: {sql: select 1}\n",
        "assets:\n  a/exports: {sql: select 1}\n  a/exports/x: {sql: select 1}\n",
    ],
)
def test_names_that_only_look_alike_are_allowed(text: str, tmp_path: Path) -> None:
    assert load_text(HEAD + text, tmp_path / "blueprint.yaml")


def test_no_environment_is_called_default(tmp_path: Path) -> None:
    text = "environments: {default: {tags: {a: b}}}\n"
    assert said(text, tmp_path) == [
        "3 the environment `default` has the name of the blueprint as it stands"
        " → write its values outside `environments`, or give it another name"
    ]
