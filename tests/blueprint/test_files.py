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
        ("{path: 'day?/1.csv'}", "days/1.csv"),
        ("{path: 'days/[0-9].csv'}", "days/1.csv"),
        ("{path: 'list[1].csv'}", "list[1].csv"),
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


LEAVING = {
    "another integration's export": "exports: {e: {from: a/b, integration: s3, path: /elsewhere/rows.csv, format: csv}}",
    "an address of a file": "exports: {e: {from: a/b, integration: filesystem, path: 'file:///etc/x.csv'}}",
    "an address in capital letters": "exports: {e: {from: a/b, integration: s3, path: 'FILE:/etc/x.csv'}}",
    "behind a star": "sources: {s: {integration: s3, path: 's3://b', tables: {t: {path: 'd*/../../../etc/pass*'}}}}",
    "a table's own": "sources: {s: {integration: s3, tables: {t: {path: /etc/passwd}}, path: data}}",
    "a default": "sources: {s: {integration: filesystem, tables: [t], path: \"{{ env('X', '/etc') }}\"}}",
    "an empty default": "sources: {s: {integration: filesystem, tables: [t], path: \"{{ env('X', '') }}/etc\"}}",
    "what follows a variable": "sources: {s: {integration: filesystem, tables: [t], path: \"{{ env('X') }}/../../etc\"}}",
    "SQLite's file": "sources: {s: {integration: sqlite, tables: [t], connection: 'sqlite:////etc/x.db'}}",
    "DuckDB's file": "sources: {s: {integration: duckdb, tables: [t], connection: 'duckdb:///../../x.duckdb'}}",
    "a file without scheme": "sources: {s: {integration: duckdb, tables: [t], connection: /x/y.duckdb}}",
    "an URI": "sources: {s: {integration: sqlite, tables: [t], connection: 'sqlite:///file:/etc/x?uri=true'}}",
    "an export's database": "exports: {e: {from: a/b, integration: postgres, table: x.y, connection: 'sqlite:////x.db'}}",
    "what is watched": "sensors: {s: {watch: '../../etc/*'}}",
    "what looks like an address": "sensors: {s: {watch: '../x://*'}}",
    "the warehouse": "warehouse: {database: ../../x.duckdb}",
    "the warehouse's default": "warehouse: {database: \"{{ env('X', '/x.duckdb') }}\"}",
    "an environment's warehouse": "environments: {production: {warehouse: {database: /x.duckdb}}}",
    "a key": "warehouse: {integration: snowflake, database: A, private_key_file: ~/.ssh/key.p8}",
}


@pytest.mark.parametrize("text", LEAVING.values(), ids=LEAVING)
def test_whatever_is_opened_stays_in_the_folder(text: str, folder: Path) -> None:
    messages = said(f"assets: {{a/b: {{sql: select 1 as x}}}}\n{text}\n", folder)
    assert any("leaves the blueprint's folder" in message for message in messages), messages
    assert all("leaves the blueprint's folder" in message for message in messages), messages


BEHIND = ["d*", "d?", "d[0-9]", "[d]1", "d[!a]", "d**", "?[1]", "d1"]


@pytest.mark.parametrize("behind", BEHIND)
def test_a_link_behind_a_pattern_is_held(behind: str, folder: Path) -> None:
    (folder / "data" / "d1").symlink_to(folder.parent)
    table = f"{{path: '{behind}/outside.sql'}}"
    text = f"sources: {{s: {{integration: filesystem, path: data, tables: {{t: {table}}}}}}}\n"
    expected = f"the path `data/{behind}/outside.sql` leaves the blueprint's folder through a symbolic link"
    assert said(text, folder) == [expected]


@pytest.mark.parametrize("behind", BEHIND)
def test_what_is_watched_behind_a_pattern_is_held(behind: str, folder: Path) -> None:
    (folder / "data" / "d1").symlink_to(folder.parent)
    text = f"assets: {{a/b: {{sql: select 1 as x}}}}\nsensors: {{s: {{watch: 'data/{behind}/*.sql'}}}}\n"
    (message,) = said(text, folder)
    assert message.endswith("leaves the blueprint's folder through a symbolic link")


@pytest.mark.parametrize("name", ["list[1].csv", "list?.csv", "list[.csv"])
def test_a_link_that_is_called_like_a_pattern_is_held(name: str, folder: Path) -> None:
    (folder / "data" / name).symlink_to(folder.parent / "outside.sql")
    text = f"sources: {{s: {{integration: filesystem, path: data, tables: {{t: {{path: '{name}'}}}}}}}}\n"
    assert said(text, folder) == [
        f"the path `data/{name}` leaves the blueprint's folder through a symbolic link"
    ]


def test_the_remedy_is_a_variable(folder: Path) -> None:
    with pytest.raises(
        BlueprintErrors, match=r"a place of the machine is `\{\{ env\('NAME'\) \}\}`"
    ) as caught:
        load_text("blueprint: 1\nname: small\nwarehouse: {database: /x.duckdb}\n", folder / "b.yaml")
    assert [(one.position.line, one.position.column) for one in caught.value.mistakes] == [(3, 23)]


@pytest.mark.parametrize(
    "text",
    [
        "warehouse: {database: \"{{ env('WAREHOUSE_PATH', 'data/warehouse.duckdb') }}\"}",
        "warehouse: {database: 'md:analytics'}",
        "warehouse: {database: ':memory:'}",
        "sensors: {s: {watch: \"{{ env('INBOX') }}/*.csv\"}}",
        "sources: {s: {integration: sqlite, tables: [t], connection: 'sqlite:///data/x.db'}}",
        "sources: {s: {integration: filesystem, tables: [t], path: \"{{ env('INBOX') }}\"}}",
        "sources: {s: {integration: s3, tables: {t: {path: 'x/*.csv'}}, path: 's3://bucket/x'}}",
        "sources: {s: {integration: postgres, tables: [t], connection: 'postgresql://user@host/data'}}",
        "exports: {e: {from: a/b, integration: s3, path: \"s3://{{ env('BUCKET', '') }}/x.csv\"}}",
    ],
)
def test_what_stays_or_is_said_by_who_runs_it_is_allowed(text: str, folder: Path) -> None:
    text = f"blueprint: 1\nname: small\nassets: {{a/b: {{sql: select 1 as x}}}}\n{text}\n"
    assert load_text(text, folder / "blueprint.yaml")
