"""Data that lies with the blueprint comes along: whatever names it."""

from pathlib import Path

import pytest

from dagway.blueprint.load import BlueprintErrors
from tests.prototype.blueprints import loaded, rendered

FILES = """
blueprint: 1
name: loans
sources:
  library:
    integration: filesystem
    tables:
      loans: {path: inbox/loans.csv}
      visits: {path: "counts/visits-*.csv"}
assets: {staging/loans: {sql: select * from library.loans}}
"""
DATA = {
    "inbox/loans.csv": "loan_id\n1\n",
    "inbox/private.csv": "name\nAda\n",
    "counts/visits-1.csv": "day\n2024-01-01\n",
    "counts/visits-2.csv": "day\n2024-01-02\n",
}


def test_files_that_only_tables_name_are_copied_and_no_others(tmp_path: Path) -> None:
    files = rendered(tmp_path, FILES, DATA)
    assert {path: files.get(path) for path in DATA} == {**DATA, "inbox/private.csv": None}


@pytest.mark.parametrize("pattern", ["counts/visits-?.csv", "counts/visits-[0-9].csv", "c**/visits-*.csv"])
def test_every_kind_of_pattern_finds_its_files(pattern: str, tmp_path: Path) -> None:
    files = rendered(tmp_path, FILES.replace("counts/visits-*.csv", pattern), DATA)
    assert {"counts/visits-1.csv", "counts/visits-2.csv"} < set(files)


def test_a_file_that_is_called_like_a_pattern_is_copied(tmp_path: Path) -> None:
    text, file = FILES.replace("visits-*.csv", "visits[1].csv"), "counts/visits[1].csv"
    assert file in rendered(tmp_path, text, {**DATA, file: "day\n2024-01-03\n"})


@pytest.mark.parametrize("pattern", ["inbox/?/x.csv", "inbox/[ab]/*.csv", "inbox/*.csv", "inbox/**/x.csv"])
def test_the_folder_that_a_sensor_watches_exists_in_the_project(pattern: str, tmp_path: Path) -> None:
    watched = f"sensors: {{come: {{watch: '{pattern}'}}}}\n"
    assert "inbox/.gitkeep" in rendered(tmp_path, FILES + watched, DATA)


def test_a_tables_path_lies_in_its_sources(tmp_path: Path) -> None:
    text = FILES.replace("filesystem", "filesystem\n    path: inbox").replace("inbox/loans.csv", "loans.csv")
    text = text.replace('visits: {path: "counts/visits-*.csv"}', "private: {}")
    assert {"inbox/loans.csv", "inbox/private.csv"} < set(rendered(tmp_path, text, DATA))


def test_an_address_is_not_looked_for_beside_the_blueprint(tmp_path: Path) -> None:
    files = rendered(tmp_path, FILES.replace("inbox/loans.csv", "s3://bucket/loans.csv"), DATA)
    assert "inbox/loans.csv" not in files


@pytest.mark.parametrize("path", ["../outside.csv", "/etc/passwd.csv", "inbox/../../outside.csv"])
def test_a_tables_path_does_not_leave_the_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("a\n1\n")
    with pytest.raises(BlueprintErrors, match="leaves the blueprint"):
        loaded(tmp_path / "own", FILES.replace("inbox/loans.csv", path), DATA)
