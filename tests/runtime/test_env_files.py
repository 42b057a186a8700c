"""Variables of `.env` files at each load: what the environment has goes before them, and what was theirs is theirs again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.runtime.env_files import ENV_FILES, EnvFiles, settle


@pytest.fixture
def files(tmp_path: Path) -> EnvFiles:
    (tmp_path / "near.env").write_text("A=near\nB=near\nEMPTY=\nSECRET=no\n")
    (tmp_path / "far.env").write_text("B=far\nC=far\nEMPTY=far\n")
    paths = tuple(tmp_path / name for name in ("near.env", "missing.env", "far.env"))
    return EnvFiles(paths, frozenset({"A", "GONE"}), frozenset({"SECRET"}))


def test_files_say_what_the_environment_does_not(files: EnvFiles) -> None:
    before = {"A": "as it was", "GONE": "as it was", "B": "given", "C": "", "OTHER": "given"}
    assert files.applied(before) == {"A": "near", "B": "given", "C": "far", "EMPTY": "far", "OTHER": "given"}


def test_it_is_the_same_as_a_text(files: EnvFiles) -> None:
    assert EnvFiles.of_text(files.text) == files


def test_a_process_has_them_and_nobody_after_it_is_told(
    files: EnvFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(os, "environ", before := {"A": "as it was", "B": "given", ENV_FILES: files.text})
    assert settle()
    assert before == {"A": "near", "B": "given", "C": "far", "EMPTY": "far"}
    assert not settle()


def test_what_a_value_names_is_read_anew_too(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    files = EnvFiles((file,), frozenset({"HOST", "URL"}))
    # As it was when the process was made.
    before = {"HOST": "old", "URL": "http://old"}
    file.write_text("HOST=new\nURL=http://${HOST}\n")
    assert files.applied(before) == {"HOST": "new", "URL": "http://new"}
    given = EnvFiles((file,), frozenset({"URL"}))
    assert given.applied(before) == {"HOST": "old", "URL": "http://old"}


def test_a_file_that_cannot_be_read_leaves_a_process_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    file = tmp_path / ".env"
    file.write_bytes(b"A=\xff\n")
    files = EnvFiles((file,), frozenset({"A"}))
    monkeypatch.setattr(os, "environ", before := {"A": "as it was", ENV_FILES: files.text})
    with pytest.raises(DagwayError, match=r"\.env cannot be read"):
        settle()
    assert before == {"A": "as it was"}
