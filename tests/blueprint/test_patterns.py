"""Patterns of files: what is fixed in them, and what they match."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagway.blueprint.patterns import below, files_named, fixed_folder, is_pattern, matching


@pytest.mark.parametrize(
    ("pattern", "is_one", "fixed", "rest"),
    [
        ("data/days/*.csv", True, "data/days", "*.csv"),
        ("data/d?/x.csv", True, "data", "d?/x.csv"),
        ("data/d[0-9]/*.csv", True, "data", "d[0-9]/*.csv"),
        ("**/x.csv", True, "", "**/x.csv"),
        ("/inbox/*.csv", True, "/inbox", "*.csv"),
        ("/*.csv", True, "/", "*.csv"),
        ("data/x.csv", False, "data", "x.csv"),
        ("x.csv", False, "", "x.csv"),
    ],
)
def test_the_folder_that_everything_lies_in(pattern: str, is_one: bool, fixed: str, rest: str) -> None:
    assert (is_pattern(pattern), fixed_folder(pattern), below(pattern)) == (is_one, fixed, rest)


@pytest.mark.parametrize(
    "pattern",
    [
        "*/*.csv",
        "?1/x.csv",
        "d[0-9]/x.csv",
        "d[!2]/x.csv",
        "d**/x.csv",
        "***/x.csv",
        "**/*.csv",
        "**",
        "d1/**",
        "d1/y.csv",
    ],
)
def test_it_matches_what_duckdb_reads(pattern: str, tmp_path: Path) -> None:
    for file in ("d1/x.csv", "d2/x.csv", "d1/deep/x.csv", "e/x.csv", "x.csv"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("a\n1\n")
    with duckdb.connect() as connection:
        read = connection.execute("select file from glob(?)", [f"{tmp_path}/{pattern}"]).fetchall()
    files = (path for path in matching(tmp_path, pattern) if path.is_file())
    assert sorted(map(str, files)) == sorted(file for (file,) in read)


@pytest.mark.parametrize("pattern", ["l[1].csv", "m[1].csv", "*", "d"])
def test_a_file_may_be_called_like_a_pattern_that_matches_none(pattern: str, tmp_path: Path) -> None:
    for file in ("l[1].csv", "l1.csv", "m1.csv", "d/x.csv"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("a\n1\n")
    with duckdb.connect() as connection:
        read = connection.execute("select file from glob(?)", [f"{tmp_path}/{pattern}"]).fetchall()
    assert sorted(map(str, files_named(tmp_path, pattern))) == sorted(file for (file,) in read)


@pytest.mark.parametrize("pattern", ["x.csv", "?.csv", "none.csv"])
def test_a_path_of_the_machine_is_that_file(pattern: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").touch()
    found = [tmp_path / "x.csv"] if pattern != "none.csv" else []
    assert list(files_named(tmp_path / "elsewhere", str(tmp_path / pattern))) == found
