"""A local HTTP server that keeps what is posted to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """What was posted."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    kind: str = "application/json"


@contextmanager
def serve(answer: Callable[[Request], Answer]) -> Generator[str]:
    """Serve on a free port of this machine, in a thread; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.reply(answer(Request(self.path, headers, self.rfile.read(length))))

        def do_GET(self) -> None:
            self.reply(Answer(501, "Only POST is simulated.", kind="text/plain"))

        do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

        def reply(self, found: Answer) -> None:
            content = found.body.encode()
            self.send_response(found.status)
            headers = {"Content-Type": found.kind, "Content-Length": str(len(content)), **found.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
            """A demo prints nothing of its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
