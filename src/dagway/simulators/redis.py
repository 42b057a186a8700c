"""Redis on this machine: its protocol (RESP 2), as far as exports and a look at them need it.

Covered: strings, hashes, expiry, renaming and transactions, on one database of one connection or many, in memory. Not covered:
everything else is answered with an error that says so.
"""

from __future__ import annotations

import os
import socketserver
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dagway.simulators.threaded import served

VARIABLE = "DAGWAY_DEMO_REDIS_URL"
COVERS = "PING, strings, hashes, EXPIRE, PERSIST, RENAME, DEL and transactions, in memory"

Value = bytes | dict[bytes, bytes]
Words = Sequence[bytes]


class RefusedError(Exception):
    """An error as Redis answers it."""


@dataclass
class Memory:
    """The keys, when they end, and the lock that makes a command or a transaction one step."""

    values: dict[bytes, Value] = field(default_factory=dict[bytes, Value])
    ends: dict[bytes, float] = field(default_factory=dict[bytes, float])
    lock: threading.RLock = field(default_factory=threading.RLock)

    def run(self, words: Words) -> Any:
        """Answer one command.

        Raises:
            RefusedError: it is not simulated, or the key is of another kind.
        """
        name = words[0].upper().decode("ascii", "replace")
        handler: Callable[..., Any] | None = _COMMANDS.get(name)
        if handler is None:
            raise RefusedError(f"ERR {name} is not simulated. Simulated is {COVERS}.")
        with self.lock:
            for key in [key for key, end in self.ends.items() if end <= time.monotonic()]:
                self.remove(key)
            try:
                return handler(self, *words[1:])
            except TypeError:
                raise RefusedError(f"ERR wrong number of arguments for '{name.lower()}' command") from None

    def hash(self, key: bytes) -> dict[bytes, bytes]:
        """The hash of a key; an empty one where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise RefusedError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def remove(self, key: bytes) -> int:
        """Forget a key; gives how many there were."""
        self.ends.pop(key, None)
        return int(self.values.pop(key, None) is not None)


def _set(memory: Memory, key: bytes, value: bytes) -> str:
    memory.remove(key)
    memory.values[key] = value
    return "OK"


def _get(memory: Memory, key: bytes) -> bytes | None:
    value = memory.values.get(key)
    if isinstance(value, dict):
        raise RefusedError("WRONGTYPE Operation against a key holding the wrong kind of value")
    return value


def _hset(memory: Memory, key: bytes, *pairs: bytes) -> int:
    if not pairs or len(pairs) % 2:
        raise RefusedError("ERR wrong number of arguments for 'hset' command")
    found = memory.hash(key)
    new = dict(zip(pairs[::2], pairs[1::2], strict=True))
    added = len(new.keys() - found.keys())
    memory.values[key] = {**found, **new}
    return added


def _rename(memory: Memory, key: bytes, other: bytes) -> str:
    if key not in memory.values:
        raise RefusedError("ERR no such key")
    value, end = memory.values[key], memory.ends.get(key)
    memory.remove(key)
    memory.remove(other)
    memory.values[other] = value
    if end is not None:
        memory.ends[other] = end
    return "OK"


def _expire(memory: Memory, key: bytes, seconds: bytes) -> int:
    if key not in memory.values:
        return 0
    memory.ends[key] = time.monotonic() + int(seconds)
    return 1


def _ttl(memory: Memory, key: bytes) -> int:
    if key not in memory.values:
        return -2
    end = memory.ends.get(key)
    return -1 if end is None else round(end - time.monotonic())


def _delete(memory: Memory, *keys: bytes) -> int:
    return sum(memory.remove(key) for key in keys)


def _agreed(_memory: Memory, *_words: bytes) -> str:
    return "OK"


def _exists(memory: Memory, *keys: bytes) -> int:
    return sum(key in memory.values for key in keys)


def _hget(memory: Memory, key: bytes, name: bytes) -> bytes | None:
    return memory.hash(key).get(name)


def _hgetall(memory: Memory, key: bytes) -> list[bytes]:
    return [word for pair in memory.hash(key).items() for word in pair]


def _hlen(memory: Memory, key: bytes) -> int:
    return len(memory.hash(key))


def _persist(memory: Memory, key: bytes) -> int:
    return int(memory.ends.pop(key, None) is not None)


def _ping(_memory: Memory) -> str:
    return "PONG"


_COMMANDS: dict[str, Callable[..., Any]] = {
    "AUTH": _agreed,
    "CLIENT": _agreed,
    "DEL": _delete,
    "EXISTS": _exists,
    "EXPIRE": _expire,
    "GET": _get,
    "HGET": _hget,
    "HGETALL": _hgetall,
    "HLEN": _hlen,
    "HSET": _hset,
    "PERSIST": _persist,
    "PING": _ping,
    "RENAME": _rename,
    "SELECT": _agreed,
    "SET": _set,
    "TTL": _ttl,
    "UNLINK": _delete,
}


@contextmanager
def redis_server(port: int = 0, memory: Memory | None = None) -> Generator[str]:
    """Serve on a port of this machine; gives the address.

    Args:
        port: 0 for any that is free.

    Raises:
        DagwayError: the port is taken.
    """
    kept = memory or Memory()

    class Connection(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):
                _converse(kept, self.rfile, self.wfile)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with served(Server, Connection, port) as number:
        yield f"redis://127.0.0.1:{number}/0"


@contextmanager
def demo_server() -> Generator[str]:
    """The address of what stands in for Redis: what the variable says, else a server that ends with the block."""
    if address := os.environ.get(VARIABLE):
        yield address
        return
    with redis_server() as url:
        yield url


def _converse(memory: Memory, reads: Any, writes: Any) -> None:
    """Answer one connection's commands until it ends; those after MULTI wait for EXEC."""
    waiting: list[Words] | None = None
    while words := _command(reads):
        name = words[0].upper()
        if name == b"MULTI":
            waiting, answer = [], "OK"
        elif name == b"DISCARD":
            waiting, answer = None, "OK"
        elif name == b"EXEC":
            with memory.lock:
                answer = [_answer(memory, held) for held in waiting or ()]
            waiting = None
        elif waiting is not None:
            waiting.append(words)
            answer = "QUEUED"
        else:
            answer = _answer(memory, words)
        writes.write(_written(answer))


def _answer(memory: Memory, words: Words) -> Any:
    try:
        return memory.run(words)
    except RefusedError as refused:
        return refused


def _command(reads: BinaryIO) -> Words:
    """The next command's words; none where the connection ends."""
    head = reads.readline()
    if not head:
        return ()
    words: list[bytes] = []
    for _ in range(int(head[1:])):
        length = int(reads.readline()[1:])
        words.append(reads.read(length + 2)[:-2])
    return words


def _written(answer: Any) -> bytes:
    match answer:
        case None:
            return b"$-1\r\n"
        case RefusedError():
            return f"-{answer}\r\n".encode()
        case str():
            return f"+{answer}\r\n".encode()
        case int():
            return b":%d\r\n" % answer
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(answer), answer)
        case _:
            return b"*%d\r\n" % len(answer) + b"".join(map(_written, answer))
