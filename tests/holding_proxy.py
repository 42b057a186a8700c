"""A proxy before a server, which holds back what it should hand on: a network that swallows, or a server that hangs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

BLOCK = 65_536


@dataclass
class Proxy:
    """A port of this machine that leads to a server's.

    Attributes:
        target: where the server listens: host and port, or a socket's path.
        held: set once nothing is handed on any more.
    """

    target: tuple[str, int] | str
    port: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    _left: dict[str, int] = field(default_factory=dict[str, int])
    _then: Callable[[], None] | None = None
    _open: list[socket.socket] = field(default_factory=list[socket.socket])
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, of: str, after: int, then: Callable[[], None] | None = None) -> None:
        """Hold everything back, and answer nobody, once so many more bytes came.

        Args:
            of: `server` or `client`: whose bytes are counted.
            then: done at that moment; the connections end after it instead of falling silent.
        """
        with self._lock:
            self._left, self._then = {of: after}, then

    def let_go(self) -> None:
        """Hand on again what new connections send."""
        with self._lock:
            self._left, self._then = {}, None
            self.held.clear()

    @contextmanager
    def running(self) -> Generator[Proxy]:
        """Lead to the server as long as the block is open."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
            try:
                yield self
            finally:
                self._over.set()
                listening.shutdown(socket.SHUT_RDWR)
                for one in self._open:
                    one.close()

    def _accept(self, listening: socket.socket) -> None:
        while not self._over.is_set():
            try:
                client, _ = listening.accept()
            except OSError:
                return
            try:
                server = self._server()
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            for name, source, sink in (("client", client, server), ("server", server, client)):
                threading.Thread(target=self._hand_on, args=(name, source, sink), daemon=True).start()

    def _server(self) -> socket.socket:
        if not isinstance(self.target, str):
            return socket.create_connection(self.target)
        opened = socket.socket(socket.AF_UNIX)
        opened.connect(self.target)
        return opened

    def _hand_on(self, name: str, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(BLOCK):
                if not self._passes(name, len(data)):
                    self._over.wait()
                    return
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _passes(self, name: str, size: int) -> bool:
        """Whether bytes are handed on; raises where the connection is to end."""
        with self._lock:
            if name in self._left:
                self._left[name] -= size
                if self._left[name] < 0:
                    self.held.set()
            if not self.held.is_set():
                return True
            if self._then:
                then, self._then = self._then, None
                self._left = {}
                self.held.clear()
                then()
                raise ConnectionError
            return False


def before_postgres(url: str) -> Proxy:
    """A proxy before the server of an address."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    return Proxy(
        f"{folder}/.s.PGSQL.{parts.port or 5432}" if folder else (str(parts.hostname), parts.port or 5432)
    )


def by_way_of(proxy: Proxy, url: str) -> str:
    """The same address by way of the proxy."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return f"postgresql://{login}@127.0.0.1:{proxy.port}{parts.path}?sslmode=disable&gssencmode=disable"
