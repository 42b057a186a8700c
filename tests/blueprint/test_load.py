"""A blueprint without mistakes: its values, places, files and environments."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors, load, load_text
from dagway.errors import DagwayError

EXAMPLES = Path(__file__).parent / "examples"
SMALL = "blueprint: 1\nname: small\n"


def test_the_example_of_the_language_loads() -> None:
    loaded = load(EXAMPLES / "sales.yaml")
    assert list(loaded.blueprint.assets) == [
        "staging/orders",
        "marts/customer_lifetime_value",
        "marts/customer_metrics",
    ]
    assert loaded.blueprint.schedules["daily_sales"].ready_by == "06:00"
    assert loaded.blueprint.exports["customer_metrics"].from_ == "marts/customer_metrics"
    assert loaded.blueprint.sources["shop"].tables == ("orders", "customers")


def test_numbers_are_text_as_written_where_text_is_wanted() -> None:
    blueprint = load(EXAMPLES / "everything.yaml").blueprint
    partitions = blueprint.assets["clean/by_station/summary"].partitions
    assert partitions is not None
    assert partitions.static == ("2023", "2024", "007")
    assert blueprint.tags == {"year": "2024", "version": "1.10"}
    assert blueprint.requirements["1"] == "Rows arrive."


def test_numbers_stay_numbers_where_numbers_may_stand() -> None:
    checks = load(EXAMPLES / "everything.yaml").blueprint.assets["clean/readings"].checks
    assert (checks[1].value.min, checks[1].value.max) == (-60, 1000.0)
    assert checks[-1].value.values == (1, 2.5, True, "x")


def test_settings_are_values_that_any_writer_can_write() -> None:
    # Whether an integration takes them is not the reader's to say: planning refuses the one that is not known.
    text = SMALL + "warehouse: {integration: other, threads: 04, ratio: 1.50, deep: [{a: 0x10}]}\n"
    settings = load_text(text, EXAMPLES / "b.yaml").blueprint.warehouse.settings
    assert settings == {"threads": 4, "ratio": 1.5, "deep": [{"a": 16}]}
    assert [type(settings["threads"]), type(settings["ratio"]), type(settings["deep"][0]["a"])] == [
        int,
        float,
        int,
    ]


def test_a_place_is_the_value_of_a_scalar_and_the_key_of_anything_larger() -> None:
    loaded = load(EXAMPLES / "sales.yaml")
    lines = loaded.path.read_text(encoding="utf-8").split("\n")

    def pointed_at(*location: str | int) -> str:
        place = loaded.position(*location)
        return lines[place.line - 1][place.column - 1 :]

    assert pointed_at("assets", "staging/orders") == "staging/orders:"
    assert pointed_at("assets", "staging/orders", "sql") == "sql/staging_orders.sql"
    assert pointed_at("assets", "staging/orders", "checks", 1, "not_null", 2).startswith("amount]")
    assert pointed_at("assets", "staging/orders", "deps") == "staging/orders:"  # not written: the nearest


def test_a_query_comes_from_its_file_or_stands_inline() -> None:
    loaded = load(EXAMPLES / "sales.yaml")
    in_file, inline = (
        loaded.blueprint.assets[key].sql or "" for key in ("staging/orders", "marts/customer_metrics")
    )
    assert loaded.sql_text(in_file) == (EXAMPLES / "sql" / "staging_orders.sql").read_text(encoding="utf-8")
    assert loaded.sql_text(inline) == inline
    assert [loaded.is_file(in_file), loaded.is_file(inline)] == [True, False]


def test_python_files_are_kept_where_they_are_and_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "here.py").write_text("def build(): ...\n", encoding="utf-8")
    text = SMALL + "assets:\n  a/b: {python: here.py:build}\n  a/c: {python: not_yet.py:build}\n"
    assert load_text(text, tmp_path / "blueprint.yaml").files == {"here.py": "def build(): ...\n"}


def test_an_environment_lies_over_the_rest() -> None:
    loaded = load(EXAMPLES / "everything.yaml")
    production = loaded.in_environment("production")
    assert production.sources["files"].integration == "s3"
    assert production.sources["files"].tables == loaded.blueprint.sources["files"].tables
    assert production.assets["clean/readings"].freshness == "3d"
    assert production.assets["clean/readings"].checks == ()
    assert loaded.in_environment("demo").timezone == "UTC"
    assert loaded.in_environment(None).timezone == "Europe/Berlin"


def test_demo_is_always_there_and_other_names_are_not() -> None:
    loaded = load_text(SMALL, EXAMPLES / "b.yaml")
    assert loaded.in_environment("demo") == loaded.blueprint
    with pytest.raises(DagwayError, match="no environment 'staging'"):
        loaded.in_environment("staging")


def test_the_same_file_gives_the_same_value() -> None:
    assert load(EXAMPLES / "sales.yaml") == load(EXAMPLES / "sales.yaml")


def test_a_byte_order_mark_and_windows_lines_are_no_mistake(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    text = (EXAMPLES / "sales.yaml").read_text(encoding="utf-8")
    (tmp_path / "windows.yaml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(tmp_path / "windows.yaml").blueprint == load(EXAMPLES / "sales.yaml").blueprint


def _missing(folder: Path) -> Path:
    return folder / "none.yaml"


def _empty(folder: Path) -> Path:
    return _written(folder, b"")


def _comment(folder: Path) -> Path:
    return _written(folder, b"# nothing yet\n")


def _binary(folder: Path) -> Path:
    return _written(folder, b"PAR1\x00\xff\xfe")


def _large(folder: Path) -> Path:
    return _written(folder, b"#" * 5_000_001)


def _folder(folder: Path) -> Path:
    return folder


def _device(_: Path) -> Path:
    return Path("/dev/zero")


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "blueprint.yaml"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_missing, "there is no blueprint here"),
        (_empty, "the blueprint is empty"),
        (_comment, "the blueprint is empty"),
        (_binary, "the blueprint is no text in UTF-8 (byte 6)"),
        (_large, "the blueprint has 5,000,001 bytes; the most is 5,000,000"),
        (_folder, "this is a folder, no blueprint"),
        (_device, "this is no regular file, so no blueprint"),
    ],
)
def test_what_is_no_blueprint_is_said_so(make: Callable[[Path], Path], message: str, tmp_path: Path) -> None:
    with pytest.raises(BlueprintErrors) as caught:
        load(make(tmp_path))
    assert [mistake.message for mistake in caught.value.mistakes] == [message]
