"""Whether this process may be copied: a fork has one thread, and every lock that another one held stays closed.

Nor may connections be open: two processes that speak on one would read each other's answers; nor event loops.
"""

from __future__ import annotations

import gc
import os
import socket
import stat
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

_TASKS = Path("/proc/self/task")
_FILES = Path("/proc/self/fd")
#: Threads that stand aside for a fork, as tests with their libraries show.
HARMLESS = {
    "jemalloc_bg_thd": "the allocator in pyarrow and polars stops it before a fork and starts it again",
    "polars-ooc-clea": "it removes files that polars has spilled; none is there before polars is used",
}
#: The beginning of a thread's name, and whose it is.
_LIBRARIES = {
    "polars": "polars",
    "tokio-rt-worker": "a library in Rust (polars, obstore, lance)",
    "async-executor": "polars",
    "grpc": "grpc",
    "event_engine": "grpc",
    "lifeguard": "grpc",
    "arrow": "pyarrow",
    "rayon": "a library in Rust",
    "ray": "ray",
    "pt_": "torch",
    "java": "a Java virtual machine",
    "rdk:": "confluent_kafka",
    "omp": "OpenMP",
}
#: The first bytes of a database file, where they begin, and whose it is.
_DATABASES = ((0, b"SQLite format 3\0", "sqlite3"), (8, b"DUCK", "duckdb"))

#: As the kernel calls what an event loop waits with (asyncio's, uvloop's, `selectors`').
_EVENT_POLL = "anon_inode:[eventpoll]"


@dataclass(frozen=True)
class Obstacle:
    """One thing that forbids a fork.

    Attributes:
        what: the thing, such as `2 threads "polars-0"`.
        library: who made it; empty where that cannot be seen.
        seen: the module that was being imported when it appeared; empty where it was not watched.
    """

    what: str
    library: str = ""
    seen: str = ""

    def __str__(self) -> str:
        by = f" of {self.library}" if self.library else ""
        when = f", since {self.seen} was imported" if self.seen else ""
        return f"{self.what}{by}{when}"


REMEDY = (
    "Threads are started and connections opened when a library is used, seldom when it is imported:"
    " use it inside assets, ops and resources, not while a module is imported."
)


def obstacles(
    watch: ThreadWatch | None = None, *, besides: frozenset[str] = frozenset()
) -> tuple[Obstacle, ...]:
    """What forbids to fork this process now; nothing where it is safe.

    Args:
        watch: what was noted while modules were imported.
        besides: names of Python's threads that are known to hold nothing.
    """
    if threading.active_count() == 1 and _count() == 1:
        return (*_connections(), *_databases(), *_event_loops())
    _rehearse()
    threads = (*_python_threads(besides), *_native_threads(watch))
    # A loop that another thread runs is told with it.
    return (*threads, *_connections(), *_databases(), *(() if threads else _event_loops()))


def _rehearse() -> None:
    """A child that ends at once: libraries that prepare for forks, as linear algebra does, end their threads by it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _python_threads(besides: frozenset[str]) -> Iterator[Obstacle]:
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.name not in besides:
            target = getattr(thread, "_target", None) or type(thread)
            yield Obstacle(f'the thread "{thread.name}"', _package(getattr(target, "__module__", "")))


def _native_threads(watch: ThreadWatch | None) -> Iterator[Obstacle]:
    known = {str(thread.native_id) for thread in threading.enumerate()}
    names = Counter(_name(task) for task in _TASKS.iterdir() if task.name not in known)
    for name, count in sorted(names.items()):
        if name and name not in HARMLESS:
            what = f'the thread "{name}"' if count == 1 else f'{count} threads "{name}"'
            yield Obstacle(what, _owner(name), watch.blame() if watch else "")


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        # It has ended meanwhile.
        return ""


def _owner(name: str) -> str:
    return next((library for start, library in _LIBRARIES.items() if name.startswith(start)), "")


def _connections() -> Iterator[Obstacle]:
    owners = _socket_owners()
    for number in _descriptors():
        peer = _peer(number)
        if peer:
            yield Obstacle(f"an open connection to {peer}", owners.get(number, ""))


def _descriptors() -> list[int]:
    return sorted(number for name in os.listdir(_FILES) if (number := int(name)) > 2)  # noqa: PTH208


def _peer(number: int) -> str:
    """The other end's address; empty where this is no socket, or one that is not connected, or a nameless pair."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return ""
        with socket.socket(fileno=os.dup(number)) as copy:
            address = copy.getpeername()
    except OSError:
        return ""
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}"
    return address.decode(errors="replace") if isinstance(address, bytes) else str(address)


def _socket_owners() -> Mapping[int, str]:
    """The package of the object that holds a socket, such as a driver's connection."""
    owners: dict[int, str] = {}
    for found in gc.get_objects():
        kind = cast("type[Any]", type(found))
        if kind.__name__.endswith("Connection") and callable(getattr(kind, "fileno", None)):
            try:
                owners[found.fileno()] = _package(kind.__module__)
            except Exception:  # noqa: S112 (an object that is closed or half made owns nothing)
                continue
    return owners


def _databases() -> Iterator[Obstacle]:
    for number in _descriptors():
        library = _database(number)
        if library:
            yield Obstacle(f"the open database {os.readlink(_FILES / str(number))}", library)  # noqa: PTH115


def _database(number: int) -> str:
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return ""
        return next((name for at, magic, name in _DATABASES if os.pread(number, len(magic), at) == magic), "")
    except OSError:
        return ""


def _event_loops() -> Iterator[Obstacle]:
    """What one copy of a loop asks the kernel to wait for, all of them are woken by."""
    count = sum(_link(number) == _EVENT_POLL for number in _descriptors())
    if count:
        yield Obstacle("an open event loop" if count == 1 else f"{count} open event loops")


def _link(number: int) -> str:
    try:
        return os.readlink(_FILES / str(number))  # noqa: PTH115 (no file, but a name)
    except OSError:
        return ""


def _package(module: str) -> str:
    return module.partition(".")[0]


class ThreadWatch:
    """Notes which module was being imported when the number of threads grew.

    A finder at the head of `sys.meta_path` that finds nothing: Python asks it before each import.
    """

    def __init__(self) -> None:
        self._count = _count()
        self._last = ""
        self._blamed: list[str] = []

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Looks at the number of threads; Python then asks the next finder."""
        self._look()
        self._last = name

    def blame(self) -> str:
        """The modules during whose import threads appeared."""
        self._look()
        return ", ".join(dict.fromkeys(self._blamed))

    def _look(self) -> None:
        count = _count()
        if count > self._count and self._last:
            self._blamed.append(self._last)
        self._count = count

    def start(self) -> None:
        """From now on."""
        sys.meta_path.insert(0, self)  # pyright: ignore[reportArgumentType]

    def stop(self) -> None:
        """What has been noted stays."""
        sys.meta_path.remove(self)  # pyright: ignore[reportArgumentType]


def _count() -> int:
    return _TASKS.stat().st_nlink - 2
