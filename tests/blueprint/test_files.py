"""Paths stay in the blueprint's folder, and what must be there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors, load_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A blueprint's folder with data, beside a file that is none of its business."""
    (tmp_path / "outside.sql").write_text("select 1\n")
    home = tmp_path / "project"
    (home / "data").mkdir(parents=True)
    (home / "data" / "orders.csv").write_text("id\n1\n")
    (home / "link.sql").symlink_to(tmp_path / "outside.sql")
    (home / "up").symlink_to(tmp_path)
    return home


def said(text: str, folder: Path) -> list[str]:
    with pytest.raises(BlueprintErrors) as caught:
        load_text("blueprint: 1\nname: small\n" + text, folder / "blueprint.yaml")
    return [one.message for one in caught.value.mistakes]


@pytest.mark.parametrize(
    "path", ["../outside.sql", "/etc/x.sql", "~/x.sql", "a/../../x.sql", "C:/x.sql", "a\\x.sql"]
)
def test_a_path_that_leaves_is_refused(path: str, folder: Path) -> None:
    assert said(f"assets: {{a/b: {{sql: '{path}'}}}}\n", folder) == [
        f"the path `{path}` leaves the blueprint's folder"
    ]


@pytest.mark.parametrize("path", ["link.sql", "up/outside.sql"])
def test_a_link_that_leaves_is_refused(path: str, folder: Path) -> None:
    expected = f"the path `{path}` leaves the blueprint's folder through a symbolic link"
    assert said(f"assets: {{a/b: {{sql: {path}}}}}\n", folder) == [expected]


def test_every_kind_of_path_is_held(folder: Path) -> None:
    text = (
        "sources:\n  a: {integration: filesystem, path: ../x, tables: [t]}\n"
        "  b: {integration: x, tables: [orders], demo: ../data}\n"
        "assets:\n  a/b: {python: a/../../x.py:f}\n  a/c: {sql: select 1, checks: [{sql: ../x.sql}, {python: up/x.py:f}]}\n"
        "exports: {e: {from: a/b, integration: filesystem, path: /tmp/x.csv}}\n"
        "sensors: {s: {python: up/s.py:f}}\n"
    )
    messages = said(text, folder)
    assert len(messages) == 7
    assert all("leaves the blueprint's folder" in message for message in messages)


def test_a_missing_query_is_a_mistake(folder: Path) -> None:
    assert said("assets: {a/b: {sql: none.sql}}\n", folder) == ["there is no file `none.sql`"]


def test_a_demo_folder_has_a_file_for_each_table(folder: Path) -> None:
    source = "sources: {shop: {integration: x, tables: [orders, customers, items], demo: %s}}\n"
    assert said(source % "data", folder) == ["`data` has no file for `customers`, `items`"]
    assert said(source % "none", folder) == ["there is no folder `none`"]


@pytest.mark.parametrize(
    ("table", "file"),
    [
        ("{path: Price List.csv}", "Price List.csv"),
        ("{path: 'days/*.csv'}", "days/1.csv"),
        ("{path: 'days/*.csv'}", "items.csv.gz"),
        ("{path: 's3://shop/items/*.json'}", "items.json"),
        ("{name: public.ITEMS}", "ITEMS.csv"),
    ],
)
def test_a_demo_file_is_called_like_the_table_or_by_its_path(table: str, file: str, folder: Path) -> None:
    source = (
        f"sources: {{shop: {{integration: s3, path: 's3://shop', tables: {{items: {table}}}, demo: data}}}}\n"
    )
    assert said(source, folder) == ["`data` has no file for `items`"]
    (folder / "data" / "days").mkdir()
    (folder / "data" / file).write_text("id\n1\n")
    assert load_text("blueprint: 1\nname: small\n" + source, folder / "blueprint.yaml")


@pytest.mark.parametrize("path", ["../orders.csv", "../*.csv", "link/*.csv"])
def test_a_demo_path_stays_in_the_folder(path: str, folder: Path) -> None:
    (folder / "data" / "link").symlink_to(folder.parent)
    source = f"sources: {{shop: {{integration: s3, path: 's3://shop', tables: {{items: {{path: '{path}'}}}}, demo: data}}}}\n"
    (message,) = said(source, folder)
    assert "leaves the blueprint's folder" in message


def test_a_file_that_is_no_text_is_a_mistake(folder: Path) -> None:
    (folder / "binary.sql").write_bytes(b"\xff\xfe")
    assert said("assets: {a/b: {sql: binary.sql}}\n", folder) == [
        "`binary.sql`: the file is no text in UTF-8 (byte 1)"
    ]
