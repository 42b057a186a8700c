"""What `.env` files say: the environment before the file, a line before those after it, and errors that name the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.project.env_file import of_project, read, said


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_there_need_not_be_one(file: Path) -> None:
    assert read(file, {}) == {}


def test_a_value_names_what_the_environment_has_and_else_what_stands_before_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What this process has is another matter.
    monkeypatch.setenv("HOST", "ours")
    file.write_text("EARLY=${HOST}\nHOST=file\nURL=http://${HOST}\nREST=${NONE:-default}${EARLY}\n")
    assert read(file, {}) == {"HOST": "file", "URL": "http://file", "REST": "default"}
    assert read(file, {"HOST": ""})["URL"] == "http://file"
    given = read(file, {"HOST": "shell"})
    assert (given["EARLY"], given["URL"], given["REST"]) == ("shell", "http://shell", "defaultshell")


def test_the_last_line_of_a_name_counts_also_where_it_is_empty(file: Path) -> None:
    file.write_text("A=1\nA=${A}2\nB=1\nB=\nC=${B:-none}\n")
    assert read(file, {}) == {"A": "12", "C": "none"}


def test_what_no_file_says_is_in_no_value_either(file: Path) -> None:
    file.write_text("PASSWORD=hunter22\nURL=http://jo:${PASSWORD}@host\n")
    assert read(file, {}, {"PASSWORD"}) == {"URL": "http://jo:@host"}


def test_a_file_names_what_one_before_it_says(file: Path, tmp_path: Path) -> None:
    near = tmp_path / "near.env"
    near.write_text("HOST=near\nOWN=near\n")
    file.write_text("HOST=far\nURL=http://${HOST}\n")
    found = list(said((near, file), {"OWN": "shell"}, frozenset()))
    assert found == [("HOST", "near", near), ("URL", "http://near", file)]


def test_what_is_not_utf_8_is_told_with_its_line_and_without_its_value(file: Path) -> None:
    file.write_bytes("A=1\nPASSWORD=gehe\u00efm\n".encode("latin-1"))
    with pytest.raises(DagwayError, match=r"\.env cannot be read: line 2 is not UTF-8") as found:
        read(file, {})
    assert found.value.remedy
    assert "gehe" not in str(found.value)


def test_a_mark_at_the_beginning_is_no_part_of_a_name_and_utf_16_is_told(file: Path) -> None:
    file.write_bytes("A=1\nB=2\n".encode("utf-8-sig"))
    assert read(file, {}) == {"A": "1", "B": "2"}
    file.write_bytes("A=1\n".encode("utf-16-le"))
    with pytest.raises(DagwayError, match="it has empty bytes, as UTF-16 has"):
        read(file, {})


def test_what_the_system_does_not_read_is_told_with_the_reason(file: Path) -> None:
    # There is a file, and nothing at its beginning that anybody may read, whoever asks.
    file.symlink_to("/proc/self/mem")
    with pytest.raises(DagwayError, match=r"\.env cannot be read: Input/output error") as found:
        read(file, {})
    assert found.value.remedy


def test_a_project_has_what_is_not_set_and_no_log_in(file: Path) -> None:
    file.write_text("A=file\nB=file\nC=\nDAGWAY_LOGIN_PASSWORD=hunter22\nURL=${DAGWAY_LOGIN_PASSWORD}\n")
    given = {"A": "shell", "B": "", "DAGWAY_LOGIN_USER": "jo", "DAGWAY_LOGIN_KEY_FILE": "key"}
    assert of_project(file.parent, given) == {"A": "shell", "B": "file"}


@pytest.mark.parametrize("environment", ["production", "prod"])
def test_a_project_has_nothing_of_files_in_production(file: Path, environment: str) -> None:
    # Not even of one that could not be read.
    file.write_bytes(b"A=\xff\n")
    given = {"DAGWAY_ENVIRONMENT": environment, "B": "shell"}
    assert of_project(file.parent, given) == given
