"""Runs that were started and of which it is not known that they are over: on the disk, for whoever comes next."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from dagster._core.instance.ref import InstanceRef
from dagster._serdes import deserialize_value, serialize_value

#: While a file is written it has another ending, and is no entry.
_UNFINISHED = ".new"
_logger = logging.getLogger("dagster.code_server")


@dataclass(frozen=True)
class Entry:
    """A run.

    Attributes:
        instance: where it is stored.
        place: where its processes have their numbers: see `here`.
    """

    instance: InstanceRef
    place: str


def here() -> str:
    """What tells this system's process numbers apart from those of another boot, or of another life of a container.

    What this process may not read (`hidepid`), or what this system does not have, is left out.
    """
    # A container that is started again may get the number of its name space again, but never its first process.
    return " ".join(map(_said, (_boot, _name_space, _first_process)))


def _said(read: Callable[[], str]) -> str:
    try:
        return read()
    except OSError:
        return ""


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _name_space() -> str:
    return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 (no file, but a name)


def _first_process() -> str:
    return Path("/proc/1/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]


class RunLedger:
    """A folder with a file for each run. A file is there before the run is, and goes once the run is known to be over.

    It holds against processes that are killed, not against a machine that loses power: nothing waits for the disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place = here()
        self._entries = {path.name: entry for path in _files(folder) if (entry := _read(path)) is not None}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """By the run's id."""
        return dict(self._entries)

    def is_gone(self, entry: Entry) -> bool:
        """Whether no process of the run can be left: all of that place ended with it."""
        return entry.place != self._place

    def note(self, run_id: str, instance: InstanceRef) -> None:
        """Before the run starts.

        Raises:
            OSError: it could not be written; it is known to this process all the same.
        """
        # Runs of one deployment have equal references: one of them is kept.
        last = next(reversed(self._entries.values()), None)
        kept = last.instance if last is not None and last.instance == instance else instance
        self._entries[run_id] = Entry(kept, self._place)
        text = json.dumps({"instance": serialize_value(kept), "place": self._place})
        written = self._folder / f"{run_id}{_UNFINISHED}"
        # A storage's configuration may hold its password.
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        written.replace(self._folder / run_id)

    def forget(self, run_ids: Iterable[str]) -> None:
        """These are over."""
        for run_id in run_ids:
            if self._entries.pop(run_id, None) is not None:
                (self._folder / run_id).unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != _UNFINISHED)


def _read(path: Path) -> Entry | None:
    """None for what no ledger has written: another version's, or nobody's."""
    try:
        found = cast("Mapping[str, str]", json.loads(path.read_text(encoding="utf-8")))
        return Entry(deserialize_value(found["instance"], InstanceRef), found["place"])
    except Exception as error:
        _logger.warning(
            "%s is no entry that this version can read: if run %s has no server any more, nobody reports it: %r",
            path,
            path.name,
            error,
        )
        return None
