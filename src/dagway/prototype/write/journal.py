"""All or nothing: new contents are staged, a journal makes them count, renames put them in place.

Before the journal stands, nothing visible has changed; from then on, every start rolls it forward to its end.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dagway.prototype.build.files import Copy
from dagway.prototype.write import manifest
from dagway.prototype.write.decide import BESIDE, Decision
from dagway.prototype.write.disk import Disk, digest_of_file

PENDING = ".dagway/pending"
_JOURNAL = "journal.json"
_FLUSHED_AT_ONCE = 8


def commit(decision: Decision, disk: Disk) -> None:
    """Stage everything, then write the journal: from here on the new state is certain."""
    pending = disk.path(PENDING)
    _clear(pending)
    pending.mkdir(parents=True)
    # A disk flushes many files at once about as fast as one.
    with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as pool:
        staged = [pool.submit(_stage, pending / str(n), put.content) for n, put in enumerate(decision.puts)]
    for file in staged:
        file.result()
    puts = [(str(n), put.path, put.digest, put.expected) for n, put in enumerate(decision.puts)]
    _stage(pending / "manifest", decision.manifest.to_bytes())
    removes = [(remove.path, remove.expected) for remove in decision.removes]
    text = json.dumps({"puts": puts, "removes": removes})
    _stage(pending / "journal", text.encode())
    os.replace(pending / "journal", pending / _JOURNAL)  # noqa: PTH105  the tests interrupt every os.replace
    _flush_folder(pending)


def roll_forward(disk: Disk) -> bool:
    """Finish what a journal says; without one, drop what was staged. Whether there was a journal."""
    pending = disk.path(PENDING)
    try:
        journal: Mapping[str, Any] = json.loads((pending / _JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        _clear(pending)
        return False
    for staged, path, digest, expected in journal["puts"]:
        _put(disk, pending / staged, path, digest, expected)
    for path, expected in journal["removes"]:
        _remove(disk, path, expected)
    _rename(pending / "manifest", disk.path(manifest.PATH))
    (pending / _JOURNAL).unlink()
    _clear(pending)
    return True


def _stage(path: Path, content: bytes | Copy) -> None:
    if isinstance(content, Copy):
        shutil.copyfile(content.source, path)
    with path.open("ab") as file:
        if not isinstance(content, Copy):
            file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put(disk: Disk, staged: Path, path: str, digest: str, expected: str | None) -> None:
    """Into place; beside it if a person changed the file in the meantime."""
    if not staged.exists():
        return
    there = disk.digest(path)
    _rename(staged, disk.path(path if there in (expected, digest) else path + BESIDE))


def _rename(staged: Path, target: Path) -> None:
    if staged.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staged, target)  # noqa: PTH105  the tests interrupt every os.replace


def _remove(disk: Disk, path: str, expected: str) -> None:
    target = disk.path(path)
    if target.is_file() and digest_of_file(target) == expected:
        target.unlink()
    _remove_empty(target.parent, disk.folder)


def _remove_empty(folder: Path, root: Path) -> None:
    """The folder, and those above it, while nothing but compiled Python is left in them."""
    while folder != root and folder.is_dir():
        left = {entry.name for entry in folder.iterdir()}
        if not left <= {"__pycache__"}:
            return
        shutil.rmtree(folder)
        folder = folder.parent


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(pending: Path) -> None:
    if pending.is_dir():
        shutil.rmtree(pending)
