"""Where the sockets of a code server lie."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from dagway._dagster.private_folder import PrivateFolder, is_heir

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
def test_below_a_long_path_the_folder_lies_elsewhere_and_is_found_there(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = temporary / ("x" * 100)
    deep.mkdir()
    # Not /tmp itself, where others leave theirs.
    monkeypatch.setattr("dagway._dagster.socket_place._SHORT", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    left = PrivateFolder()
    (left.runs / "one").touch()
    left.remove()
    folder = PrivateFolder()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(folder.socket())
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert (folder.runs / "one").exists()
    (folder.runs / "one").unlink()
    folder.remove()
    assert list(deep.iterdir()) == []
    assert list(temporary.iterdir()) == [deep]


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


@pytest.mark.unit
def test_a_folder_that_is_being_made_is_not_taken_for_one_that_was_left(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, lock = PrivateFolder(), fcntl.flock

    def meanwhile(file: Any, operation: int) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        for folder in temporary.iterdir():
            with contextlib.suppress(OSError):
                other._take_over(folder)  # pyright: ignore[reportPrivateUsage]
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", meanwhile)
    folder = PrivateFolder()
    assert folder.runs.is_dir()
    folder.remove()
    other.remove()
    assert list(temporary.iterdir()) == []


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


@pytest.mark.integration
def test_runs_that_a_killed_process_left_are_taken_over_and_stay_where_they_are_left_again(
    temporary: Path,
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    left = Path(holder.stdout.readline().strip())
    (left / "runs" / "one").write_text("of the first")
    holder.kill()
    holder.communicate()
    second = PrivateFolder()
    assert not left.exists()
    Path(second.socket()).touch()
    second.remove()
    third = PrivateFolder()
    assert (third.runs / "one").read_text() == "of the first"
    assert [path.name for path in temporary.iterdir()] == [third.path.name]
    (third.runs / "one").unlink()
    third.remove()
    assert list(temporary.iterdir()) == []


@pytest.mark.unit
@pytest.mark.parametrize("other", ["socket.gethostname", "sys.prefix"])
def test_runs_of_another_host_or_another_python_are_left_alone(
    temporary: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other, str(temporary) if other == "sys.prefix" else lambda: "other")
    elsewhere = PrivateFolder()
    (elsewhere.runs / "one").touch()
    elsewhere.remove()
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    here = PrivateFolder()
    assert list(here.runs.iterdir()) == []
    assert (elsewhere.runs / "one").exists()
    here.remove()


@pytest.mark.unit
def test_who_inherits() -> None:
    host = socket.gethostname()
    assert is_heir(f"{host}\n{sys.prefix}")
    assert is_heir(f"{host}\n/no/such/environment")
    assert not is_heir(f"{host}\n/")
    assert not is_heir(f"other\n{sys.prefix}")


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
