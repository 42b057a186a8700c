"""Where the sockets of a code server lie."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dagway._dagster.private_folder import PrivateFolder

HOLD = """
import sys
from dagway._dagster.private_folder import PrivateFolder
folder = PrivateFolder()
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.mark.unit
def test_only_this_user_may_enter_and_nothing_is_left(temporary: Path) -> None:
    folder = PrivateFolder()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert len({folder.socket() for _ in range(50)}) == 50
    folder.remove()
    assert list(temporary.iterdir()) == []


@pytest.mark.unit
def test_folders_of_others_stay(temporary: Path) -> None:
    (temporary / "dagway-without-lock").mkdir()
    first, second = PrivateFolder(), PrivateFolder()
    assert {path.name for path in temporary.iterdir()} == {
        first.path.name,
        second.path.name,
        "dagway-without-lock",
    }
    first.remove()
    second.remove()


@pytest.mark.integration
def test_what_a_killed_process_left_is_removed_by_the_next() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    left = Path(holder.stdout.readline().strip())
    PrivateFolder().remove()
    assert left.is_dir()
    holder.kill()
    holder.communicate()
    PrivateFolder().remove()
    assert not left.exists()


@pytest.mark.unit
def test_sockets_that_are_not_used_are_removed_and_the_folder_stays_locked(temporary: Path) -> None:
    folder = PrivateFolder()
    used, left = Path(folder.socket()), Path(folder.socket())
    used.touch()
    left.touch()
    folder.remove_besides({str(used)})
    assert used.exists()
    assert not left.exists()
    PrivateFolder().remove()
    assert used.exists()
    folder.remove()
