"""A local HTTP server: each request is handed to a function, whose answer goes back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from dagway.simulators.threaded import served


@dataclass(frozen=True)
class Request:
    """What was asked; `path` is without the query and decoded, header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    kind: str = "application/json"


@contextmanager
def serve(
    answer: Callable[[Request], Answer], *, port: int = 0, methods: Collection[str] = ("POST",)
) -> Generator[str]:
    """Serve on a port of this machine, in threads; gives the address.

    Args:
        port: 0 for any that is free.
        methods: what is handed to the function; the other methods are answered 501.

    Raises:
        DagwayError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def handle_method(self) -> None:
            if self.command not in methods:
                self.reply(Answer(501, f"Only {', '.join(methods)} is simulated.", kind="text/plain"))
                return
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            target, body = urlsplit(self.path), self.rfile.read(length)
            query = dict(parse_qsl(target.query))
            self.reply(answer(Request(unquote(target.path), headers, body, self.command, query)))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_method  # noqa: N815

        def reply(self, found: Answer) -> None:
            content = found.body.encode()
            headers = {"Content-Type": found.kind, "Content-Length": str(len(content)), **found.headers}
            with suppress(ConnectionError):  # a client that did not wait
                self.send_response(found.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
            """A demo prints nothing of its own."""

    with served(ThreadingHTTPServer, Handler, port) as number:
        yield f"http://127.0.0.1:{number}"
