"""What becomes of each file: decided from three hashes, what Dagway wrote, what is there, what is wanted now."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from dagway.prototype.build.files import Copy, Files
from dagway.prototype.write.changes import Changes
from dagway.prototype.write.disk import Disk, as_text, digest_of
from dagway.prototype.write.manifest import Manifest

BESIDE = ".dagway-new"
_LARGEST_DIFF = 1 << 20


@dataclass(frozen=True)
class Put:
    """A file to write, where now there is a content of that hash, or none."""

    path: str
    content: bytes | Copy
    digest: str
    expected: str | None


@dataclass(frozen=True)
class Remove:
    """A file to remove, if its content still has that hash."""

    path: str
    expected: str


@dataclass(frozen=True)
class Decision:
    """All operations, what they mean to a person, and the manifest once they are done."""

    puts: tuple[Put, ...]
    removes: tuple[Remove, ...]
    changes: Changes
    manifest: Manifest


@dataclass
class _Deciding:
    disk: Disk
    before: Manifest
    puts: list[Put] = field(default_factory=list[Put])
    removes: list[Remove] = field(default_factory=list[Remove])
    files: dict[str, str] = field(default_factory=dict[str, str])
    beside: dict[str, str] = field(default_factory=dict[str, str])
    named: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    diffs: list[str] = field(default_factory=list[str])

    def note(self, change: str, path: str) -> None:
        self.named.setdefault(change, []).append(path)

    def rendered(self, path: str, content: bytes | Copy) -> None:
        """One file that is wanted."""
        wanted, there, written = digest_of(content), self.disk.digest(path), self.before.files.get(path)
        self.files[path] = wanted
        if there == wanted:
            self.note("unchanged", path)
            self._drop_beside(path)
        elif there is None and written is None:
            self._put("created", path, content, wanted, None)
        elif there is None:
            self.note("deleted", path)
        elif there == written:
            self._put("updated", path, content, wanted, there)
            self.diffs.append(self._diff(path, content))
            self._drop_beside(path)
        else:
            self.note("kept", path)
            self._offer(path, content, wanted, is_new=written != wanted)

    def _put(self, change: str, path: str, content: bytes | Copy, wanted: str, there: str | None) -> None:
        self.puts.append(Put(path, content, wanted, there))
        self.note(change, path)

    def _offer(self, path: str, content: bytes | Copy, wanted: str, *, is_new: bool) -> None:
        """Dagway's version beside a file that a person changed; nothing if it was offered before."""
        name = path + BESIDE
        offered = self.before.beside.get(name)
        if not is_new:
            if offered is not None:
                self.beside[name] = offered
            return
        self.diffs.append(self._diff(path, content))
        there = self.disk.digest(name)
        if there is not None and there not in (offered, wanted):
            self.note("kept", name)
            return
        self.beside[name] = wanted
        if there != wanted:
            self._put("beside", name, content, wanted, there)

    def _drop_beside(self, path: str) -> None:
        """The version beside a file is no longer needed, unless a person works on it."""
        self._remove_if_own(path + BESIDE, self.before.beside.get(path + BESIDE))

    def _remove_if_own(self, path: str, written: str | None) -> bool:
        if written is None or self.disk.digest(path) != written:
            return False
        self.removes.append(Remove(path, written))
        self.note("removed", path)
        return True

    def left_over(self, path: str, written: str) -> None:
        """One file of an earlier build that is no longer wanted."""
        if not self._remove_if_own(path, written) and self.disk.digest(path) is not None:
            self.note("kept", path)
        self._drop_beside(path)

    def _diff(self, path: str, content: bytes | Copy) -> str:
        if isinstance(content, Copy) or len(content) > _LARGEST_DIFF:
            return ""
        old, new = self.disk.text(path), as_text(content)
        if old is None or new is None:
            return ""
        lines = difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), path, f"{path} (from the blueprint)"
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        )


def decide(files: Files, before: Manifest, disk: Disk) -> Decision:
    """Everything that a build does to a folder. Nothing is written here."""
    deciding = _Deciding(disk, _unless_empty(before, disk))
    for path, content in files.items():
        deciding.rendered(path, content)
    for path, written in deciding.before.files.items():
        if path not in files:
            deciding.left_over(path, written)
    named: Mapping[str, tuple[str, ...]] = {name: tuple(paths) for name, paths in deciding.named.items()}
    changes = Changes(**named, diffs="".join(deciding.diffs))
    manifest = Manifest(deciding.files, deciding.beside)
    return Decision(tuple(deciding.puts), tuple(deciding.removes), changes, manifest)


def _unless_empty(before: Manifest, disk: Disk) -> Manifest:
    """A folder in which none of Dagway's files is left was emptied: it is built anew, not taken as many deletions."""
    return before if any(disk.digest(path) is not None for path in before.files) else Manifest()
