"""What the kernel tells of folders (inotify): one descriptor for all of them, and only of those that are asked for.

Libraries watch all that lies below a folder: each virtual environment in it takes thousands of watches, which are few.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MODIFIED, _ATTRIBUTES, _WRITTEN = 0x2, 0x4, 0x8
_MOVED_FROM, _MOVED_TO, _CREATED, _DELETED = 0x40, 0x80, 0x100, 0x200
_OVERFLOW, _IGNORED, _IS_FOLDER = 0x4000, 0x8000, 0x40000000
_ONLY_FOLDERS, _NO_LINKS, _NO_UNLINKED = 0x1000000, 0x2000000, 0x4000000
_CHANGES = _MODIFIED | _ATTRIBUTES | _WRITTEN | _MOVED_FROM | _MOVED_TO | _CREATED | _DELETED
_ASKED = _CHANGES | _ONLY_FOLDERS | _NO_LINKS | _NO_UNLINKED
#: Descriptor, what happened, cookie, length of the name; the name follows, filled up with zeros.
_HEAD = struct.Struct("iIII")
_MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class Notice:
    """That something has changed.

    Attributes:
        path: of a file or a folder; None where the kernel had more to tell than it could hold.
        came: whether it was not there before.
        moved: whether it is there no more but elsewhere: of what was in it nothing else is told.
    """

    path: Path | None
    is_folder: bool = False
    came: bool = False
    moved: bool = False


class Notices:
    """Of the folders that were added, without those below them. One thread reads."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._checked(self._libc.inotify_init1(os.O_CLOEXEC))
        self._folders: dict[int, Path] = {}

    def add(self, folder: Path) -> None:
        """From now on; a folder that is told of already stays so.

        Raises:
            OSError: it is not there, not to be read, or there are too many.
        """
        number = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), _ASKED)
        self._folders[self._checked(number)] = folder

    def drop(self, folder: Path) -> bool:
        """No more of this folder, nor of those below it; whether there was any."""
        found = [number for number, path in list(self._folders.items()) if path.is_relative_to(folder)]
        for number in found:
            del self._folders[number]
            # It fails where the folder is gone.
            self._libc.inotify_rm_watch(self._descriptor, number)
        return bool(found)

    def read(self) -> list[Notice]:
        """Waits for the next."""
        return list(self._parsed(os.read(self._descriptor, _MOST_BYTES)))

    def close(self) -> None:
        """For one that nobody reads."""
        os.close(self._descriptor)

    def _parsed(self, data: bytes) -> Iterator[Notice]:
        start = 0
        while start < len(data):
            number, what, _, length = _HEAD.unpack_from(data, start)
            name = data[start + _HEAD.size : start + _HEAD.size + length].rstrip(b"\0")
            start += _HEAD.size + length
            if what & _OVERFLOW:
                yield Notice(None)
            elif what & _IGNORED:
                self._folders.pop(number, None)
            # What is told late of a folder that was dropped is of no matter, nor what is told of the folder itself.
            elif (folder := self._folders.get(number)) is not None and name:
                is_folder, moved = bool(what & _IS_FOLDER), bool(what & _MOVED_FROM)
                yield Notice(
                    folder / os.fsdecode(name), is_folder, bool(what & (_CREATED | _MOVED_TO)), moved
                )

    def _checked(self, number: int) -> int:
        if number < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return number
