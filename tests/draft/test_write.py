from pathlib import Path

import duckdb
import pytest

from dagway.blueprint.load import load
from dagway.draft.write import write_draft
from dagway.errors import DagwayError


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "shop"
    folder.mkdir(parents=True)
    customers = [f"{n},{'ab'[n % 2]},{n / 200}" for n in range(1, 101)]
    (folder / "customers.csv").write_text("\n".join(["customer_id,segment,share", *customers]) + "\n")
    orders = [f"{n},{1 + n % 100},{n * 2}" for n in range(300)]
    (folder / "orders.csv").write_text("\n".join(["order_id,customer_id,select", *orders]) + "\n")
    return folder


def draft(folder: Path, **options: object) -> str:
    output = folder.parents[1] / "blueprint.yaml"
    given: dict[str, object] = {"name": None, "tables": (), "sample": 1000, "force": False, **options}
    write_draft(str(folder), output, **given)  # pyright: ignore[reportArgumentType]
    return output.read_text()


def test_the_draft_is_a_valid_blueprint(shop: Path) -> None:
    draft(shop)
    loaded = load(shop.parents[1] / "blueprint.yaml").blueprint
    assert loaded.name == "shop"
    assert list(loaded.assets) == ["staging/customers", "staging/orders"]
    checks = [(check.kind, check.value) for check in loaded.assets["staging/customers"].checks]
    assert ("unique", ("customer_id",)) in checks
    assert ("not_null", ("customer_id", "segment", "share")) in checks
    ranges = {
        check.range.column: check.range.max
        for check in loaded.assets["staging/customers"].checks
        if check.range
    }
    assert ranges == {"share": 1}
    (relation,) = [
        check.relationship for check in loaded.assets["staging/orders"].checks if check.relationship
    ]
    assert (relation.column, relation.to) == ("customer_id", "shop/customers")


def test_the_draft_says_from_how_many_rows(shop: Path) -> None:
    text = draft(shop, sample=120)
    assert "#   shop/orders: 120 of 300 rows, key order_id (never repeats)" in text
    assert "# no repeat in 120 of 300 rows" in text


def test_a_word_of_sql_is_quoted(shop: Path) -> None:
    assert 'cast("select" as BIGINT) as "select"' in draft(shop)


def test_a_blueprint_in_the_way_is_kept(shop: Path) -> None:
    draft(shop)
    with pytest.raises(DagwayError, match="is there already"):
        draft(shop)
    assert draft(shop, force=True)


def test_files_outside_the_blueprints_folder_are_refused(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(DagwayError, match="lies outside"):
        write_draft(
            str(shop), tmp_path / "elsewhere" / "b.yaml", name=None, tables=(), sample=10, force=False
        )


ODD_FILES = {
    "select.csv": b"id,by,zip\n1,a,01234\n2,b,02345\n",
    "Big Orders.csv": b"id\n1\n",
    "Lower.CSV": b"id\n1\n",
    "orders.csv": b"id\n1\n",
    "orders.jsonl": b'{"id": 1}\n',
    "a.b.tsv": b"id\tname\n1\tx\n",
    "nested.json": b'[{"id": 1, "o": {"a": 1, "b": [1]}, "l": [1, 2]}, {"id": 2, "o": null, "l": []}]',
}


def test_odd_files_make_a_blueprint_that_loads(tmp_path: Path) -> None:
    for folder in (tmp_path / "force", tmp_path / "force" / "Force"):
        folder.mkdir()
        for name, content in ODD_FILES.items():
            (folder / name).write_bytes(content)
    written = write_draft(str(tmp_path / "force"), tmp_path / "blueprint.yaml", sample=1000)
    sources = load(written.path).blueprint.sources
    assert list(sources) == ["force", "force_2"]
    assert {name: sources["force"].table(name).path for name in sources["force"].tables} == {
        "a_b": "a.b.tsv",
        "big_orders": "Big Orders.csv",
        "lower": "Lower.CSV",
        "nested": None,
        "orders": "orders.csv",
        "orders_2": "orders.jsonl",
        "select": None,
    }
    assert len(load(written.path).blueprint.assets) == 2 * len(ODD_FILES)


def test_the_project_hides_no_module(tmp_path: Path) -> None:
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "days.csv").write_text("id\n1\n")
    written = write_draft(str(tmp_path / "calendar"), tmp_path / "blueprint.yaml")
    assert (written.name, load(written.path).blueprint.name) == ("calendar_project", "calendar_project")


def test_text_that_reads_as_something_else_is_cast_in_staging(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        "".join(
            f'{{"day": {day}, "price": "{number}.50", "zip": "{10000 + number}"}}\n'
            for number, day in enumerate(["null", '"2026-01-02"', '"2026-02-03"'])
        )
    )
    with duckdb.connect() as connection:
        rows = f"select day::varchar as day, price, zip from '{tmp_path / 't.jsonl'}'"
        connection.execute(f"copy ({rows}) to '{tmp_path / 't.parquet'}' (format parquet)")
    (tmp_path / "t.jsonl").unlink()
    text = write_draft(str(tmp_path), tmp_path / "blueprint.yaml").path.read_text()
    assert "day: VARCHAR  # reads as DATE in 3 rows" in text
    assert "cast(day as DATE) as day" in text
    assert "cast(price as DOUBLE) as price" in text
    assert "cast(zip as VARCHAR) as zip" in text


def test_what_was_not_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "in" / "sub" / "deep").mkdir(parents=True)
    for place in ("in", "in/sub", "in/sub/deep"):
        (tmp_path / place / "t.csv").write_text("id\n1\n")
    (tmp_path / "in" / "book.xlsx").write_bytes(b"x")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "secret.csv").symlink_to("/etc/hosts")
    written = write_draft(str(tmp_path / "in"), tmp_path / "blueprint.yaml")
    assert [source.name for source in written.sources] == ["in_data", "sub"]
    assert written.left_out == ("in/book.xlsx", "in/secret.csv", "in/sub/deep")


def test_a_place_that_cannot_be_written_is_named(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DagwayError, match="cannot be read or written"):
        write_draft(str(shop), tmp_path / "file" / "blueprint.yaml")


def test_a_name_with_a_line_break_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,"a\nb"\n1,2\n')
    with pytest.raises(DagwayError, match="control character or a line break"):
        write_draft(str(tmp_path), tmp_path / "blueprint.yaml")


def test_each_table_is_a_step(shop: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_draft(
        str(shop), shop.parents[1] / "blueprint.yaml", step=lambda done, total: steps.append((done, total))
    )
    assert steps == [(0, 2), (1, 2), (2, 2)]
