from pathlib import Path

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
    assert "#   shop/orders: 120 of 300 rows, key order_id (found)" in text
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
