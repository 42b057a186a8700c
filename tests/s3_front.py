"""A real S3 server of the test's own, moto's, with troubles of the network and of the service in front of it."""

# moto has no types for its server.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

KEY_ID = "AKIAFRONT"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'
#: What S3 answers: the code and the message of an error, by its status.
SAID = {
    403: ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    429: ("TooManyRequests", "Please reduce your request rate."),
    500: ("InternalError", "We encountered an internal error. Please try again."),
    503: ("SlowDown", "Please reduce your request rate."),
}

Respond = Callable[..., Any]


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one request.

    Attributes:
        method: of the request that it happens to.
        path: how the request's path ends; `/` for the listing of the bucket.
        status: the HTTP status that is answered; 0 for the answer as it would be.
        cut: whether the connection ends after half of the answer.
        silent: whether nothing is answered while the server runs.
    """

    method: str
    path: str = ""
    status: int = 0
    cut: bool = False
    silent: bool = False


@dataclass
class Front:
    """The S3 server with a bucket of the test's own, and what it does wrong.

    Attributes:
        troubles: what goes wrong with the next requests; each happens once.
        requests: methods and paths of what was asked, in order.
        fallen_silent: set when a request is not answered.
    """

    url: str = ""
    bucket: str = field(default_factory=lambda: f"lake-{uuid4().hex[:8]}")
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    fallen_silent: threading.Event = field(default_factory=threading.Event)
    _closed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, content: str) -> None:
        """Store an object in the bucket."""
        self._send(f"{self.bucket}/{key}", content)

    def _send(self, path: str, content: str = "") -> None:
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(
            f"{self.url}/{path}", data=content.encode(), headers=headers, method="PUT"
        )
        with urllib.request.urlopen(request):
            pass

    @contextmanager
    def running(self) -> Generator[Front]:
        """Serve it; `url` is its address."""
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        moto: Any = DomainDispatcherApplication(create_backend_app)
        server = make_server("127.0.0.1", 0, self._before(moto), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            self._send(self.bucket)
            yield self
        finally:
            self._closed.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _is_at(self, path: str, wanted: str) -> bool:
        return path.strip("/") == self.bucket if wanted == "/" else path.endswith(wanted)

    def _before(self, moto: Any) -> Any:
        def answer(environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            with self._lock:
                self.requests.append((method, path))
                trouble = next(
                    (one for one in self.troubles if one.method == method and self._is_at(path, one.path)),
                    None,
                )
                if trouble:
                    self.troubles.remove(trouble)
            # A request without a signature is the test's own.
            signed = environ.get("HTTP_AUTHORIZATION", "")
            if signed and f"Credential={KEY_ID}/" not in signed:
                return _refused(environ, respond, 403)
            if trouble and trouble.silent:
                self.fallen_silent.set()
                self._closed.wait()
            if trouble and trouble.status:
                return _refused(environ, respond, trouble.status)
            found = list(moto(environ, respond))
            return [b"".join(found)[: sum(map(len, found)) // 2]] if trouble and trouble.cut else found

        return answer


def _refused(environ: dict[str, Any], respond: Respond, status: int) -> list[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = XML.format(*SAID[status]).encode()
    respond(
        f"{status} {SAID[status][0]}",
        [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))],
    )
    return [body]


@pytest.fixture
def s3_front(monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """The S3 server, to which the environment leads with the right credentials."""
    with Front().running() as front:
        for name, value in {
            "AWS_ENDPOINT_URL": front.url,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": "s3cret",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        yield front
