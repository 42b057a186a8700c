"""Writing a project: what is a person's stays, what is Dagway's follows, and a kill leaves one state or the other."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.prototype.build.files import Copy
from dagway.prototype.write import Changes, diff, recover, write

OLD: dict[str, bytes | Copy] = {"a.txt": b"one\n", "defs/b/b.yaml": b"old\n", "defs/gone/c.yaml": b"gone\n"}
NEW: dict[str, bytes | Copy] = {"a.txt": b"two\n", "defs/b/b.yaml": b"new\n", "defs/d/d.yaml": b"made\n"}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of the project, without Dagway's own notes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        name: path.read_bytes()
        for path in files
        if not (name := path.relative_to(folder).as_posix()).startswith(".dagway/")
    }


def test_a_first_build_creates_and_a_second_changes_nothing(tmp_path: Path) -> None:
    assert write(OLD, tmp_path / "out") == Changes(created=tuple(OLD))
    before = (tmp_path / "out" / ".dagway" / "manifest.json").stat().st_mtime_ns
    assert write(OLD, tmp_path / "out") == Changes(unchanged=tuple(OLD))
    assert (tmp_path / "out" / ".dagway" / "manifest.json").stat().st_mtime_ns == before
    assert tree(tmp_path / "out") == OLD


def test_what_is_dagways_is_updated_and_removed_with_its_empty_folders(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "defs" / "gone" / "__pycache__").mkdir()
    changes = write(NEW, tmp_path)
    assert (changes.updated, changes.created) == (("a.txt", "defs/b/b.yaml"), ("defs/d/d.yaml",))
    assert changes.removed == ("defs/gone/c.yaml",)
    assert "-one\n+two\n" in changes.diffs
    assert tree(tmp_path) == NEW
    assert not (tmp_path / "defs" / "gone").exists()


def test_an_edited_file_is_kept_and_the_new_version_put_beside_it(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "a.txt").write_text("mine\n")
    changes = write(NEW, tmp_path)
    assert (changes.kept, changes.beside) == (("a.txt",), ("a.txt.dagway-new",))
    assert "-mine\n+two\n" in changes.diffs
    assert (tmp_path / "a.txt").read_text() == "mine\n"
    assert (tmp_path / "a.txt.dagway-new").read_text() == "two\n"


def test_an_edited_file_is_left_silently_while_dagways_version_stays_the_same(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "a.txt").write_text("mine\n")
    for _ in range(2):
        changes = write(OLD, tmp_path)
        assert (changes.kept, changes.beside, changes.diffs) == (("a.txt",), (), "")
    write(NEW, tmp_path)
    assert not write(NEW, tmp_path).any


def test_the_version_beside_goes_once_it_was_taken_over(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "a.txt").write_text("mine\n")
    write(NEW, tmp_path)
    (tmp_path / "a.txt").write_text("two\n")
    assert write(NEW, tmp_path).removed == ("a.txt.dagway-new",)
    assert tree(tmp_path) == NEW


def test_a_version_beside_that_a_person_works_on_is_kept(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "a.txt").write_text("mine\n")
    write(NEW, tmp_path)
    (tmp_path / "a.txt.dagway-new").write_text("half merged\n")
    changes = write({**NEW, "a.txt": b"three\n"}, tmp_path)
    assert changes.kept == ("a.txt", "a.txt.dagway-new")
    assert (tmp_path / "a.txt.dagway-new").read_text() == "half merged\n"


def test_a_deleted_file_is_not_made_again(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "a.txt").unlink()
    assert write(NEW, tmp_path).deleted == ("a.txt",)
    assert not (tmp_path / "a.txt").exists()


def test_a_folder_that_was_emptied_is_built_anew(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    for name in OLD:
        (tmp_path / name).unlink()
    assert write(OLD, tmp_path).created == tuple(OLD)


def test_an_edited_file_that_is_no_longer_wanted_is_kept(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "defs" / "gone" / "c.yaml").write_text("mine\n")
    changes = write(NEW, tmp_path)
    assert (changes.kept, changes.removed) == (("defs/gone/c.yaml",), ())
    assert (tmp_path / "defs" / "gone" / "c.yaml").read_text() == "mine\n"


def test_a_file_that_was_there_before_is_never_overwritten_and_the_same_content_is_adopted(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.txt").write_text("mine\n")
    (tmp_path / "defs" / "b").mkdir(parents=True)
    (tmp_path / "defs" / "b" / "b.yaml").write_text("old\n")
    changes = write(OLD, tmp_path)
    assert (changes.kept, changes.beside) == (("a.txt",), ("a.txt.dagway-new",))
    assert changes.unchanged == ("defs/b/b.yaml",)
    assert write(NEW, tmp_path).updated == ("defs/b/b.yaml",)


def test_large_files_are_copied(tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(os.urandom(3_000_000))
    files: dict[str, bytes | Copy] = {"data/big.bin": Copy(source)}
    assert write(files, tmp_path / "out").created == ("data/big.bin",)
    assert (tmp_path / "out" / "data" / "big.bin").read_bytes() == source.read_bytes()
    assert write(files, tmp_path / "out").unchanged == ("data/big.bin",)
    source.write_bytes(b"other")
    assert write(files, tmp_path / "out").updated == ("data/big.bin",)


def test_a_diff_writes_nothing(tmp_path: Path) -> None:
    assert diff(OLD, tmp_path / "out").created == tuple(OLD)
    assert not (tmp_path / "out").exists()
    write(OLD, tmp_path / "out")
    changes = write(NEW, tmp_path / "out", diff_only=True)
    assert changes.updated == ("a.txt", "defs/b/b.yaml")
    assert tree(tmp_path / "out") == OLD
    assert write(NEW, tmp_path / "out") == changes


def test_changes_are_plain_data(tmp_path: Path) -> None:
    found = write(OLD, tmp_path).to_json()
    assert found["created"] == list(OLD)
    assert found["diffs"] == ""


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DagwayError, match="no path inside"):
        write({name: b"x"}, tmp_path / "out")


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "defs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DagwayError, match="symbolic link"):
        write(OLD, tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert tree(tmp_path / "out") == {}


def test_a_linked_file_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("one\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(DagwayError, match="symbolic link"):
        write(NEW, tmp_path / "out")


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(DagwayError, match=r"a\.txt cannot be a file"):
        write(OLD, tmp_path)


def test_a_damaged_manifest_is_named_with_what_to_do(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / ".dagway" / "manifest.json").write_text("[]")
    with pytest.raises(DagwayError, match="damaged") as error:
        write(OLD, tmp_path)
    assert "Delete it" in error.value.remedy


def test_a_full_disk_is_explained_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(OLD, tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DagwayError, match="the disk is full"):
            write(NEW, tmp_path)
    assert tree(tmp_path) == OLD
    assert write(NEW, tmp_path).updated
    assert tree(tmp_path) == NEW


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from dagway.prototype.write import write

    OLD = {"a.txt": b"one\\n", "defs/b/b.yaml": b"old\\n", "defs/gone/c.yaml": b"gone\\n"}
    NEW = {"a.txt": b"two\\n", "defs/b/b.yaml": b"new\\n", "defs/d/d.yaml": b"made\\n"}
    STEPS = {name: getattr(os, name) for name in ("replace", "unlink", "fsync", "mkdir", "rmdir", "open", "close")}

    def write_until(folder, last):
        calls = 0
        def killed_at_the_last(step):
            def call(*args, **kwargs):
                nonlocal calls
                calls += 1
                if calls == last:
                    os.kill(os.getpid(), signal.SIGKILL)
                return step(*args, **kwargs)
            return call
        for name, step in STEPS.items():
            setattr(os, name, killed_at_the_last(step))
        write(NEW, folder)
        os._exit(0)

    for number in range(1, 500):
        folder = Path(sys.argv[1]) / str(number)
        write(OLD, folder)
        child = os.fork()
        if child == 0:
            write_until(folder, number)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status):
            break
    print(number, status)
    """
)


@pytest.mark.integration
def test_a_kill_at_any_point_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    """A process kills itself before its n-th step, for every n, until a write gets to its end."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], check=True, capture_output=True, text=True
    )
    last, status = map(int, done.stdout.split())
    assert status == 0
    assert last > 30
    seen: set[str] = set()
    for number in range(1, last):
        folder = tmp_path / str(number)
        if not (folder / ".dagway" / "pending" / "journal.json").exists():
            assert tree(folder) in (OLD, NEW)
        recover(folder)
        assert tree(folder) in (OLD, NEW), f"killed before step {number}"
        assert not (folder / ".dagway" / "pending").exists()
        state = "old" if tree(folder) == OLD else "new"
        assert not write(OLD if state == "old" else NEW, folder).any
        seen.add(state)
    assert seen == {"old", "new"}


def test_an_edit_between_a_kill_and_the_recovery_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(OLD, tmp_path)

    class Killed(BaseException):
        pass

    calls: list[str] = []
    replace = os.replace

    def killed(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise Killed
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(Killed):
            write(NEW, tmp_path)
    (tmp_path / "a.txt").write_text("mine\n")
    assert recover(tmp_path)
    assert (tmp_path / "a.txt").read_text() == "mine\n"
    assert (tmp_path / "a.txt.dagway-new").read_text() == "two\n"
    assert (tmp_path / "defs" / "d" / "d.yaml").read_text() == "made\n"


@pytest.mark.integration
def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    holder = "import fcntl, os, sys; d = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(d, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holder, str(tmp_path / ".dagway" / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(DagwayError, match="Another build is writing"):
            write(NEW, tmp_path)
        process.stdin.close()
        process.wait(timeout=20)
    assert write(NEW, tmp_path).any
