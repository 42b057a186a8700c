"""What the webserver is asked, where it answers badly and where a proxy is in the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from dagway._dagster.login import PASSWORD, USER
from dagway.platform import probe
from dagway.platform.probe import UNKNOWN, DaemonProbe, HttpProbe, ask
from dagway.simulators.receiver import Answer, Request, serve


@contextmanager
def answering(body: bytes, length: int | None = None) -> Generator[str]:
    """The address of a server that answers so, to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_an_answer_that_breaks_off_is_none() -> None:
    with answering(b'{"data": {', 1000) as url, pytest.raises(OSError, match="broke off"):
        ask(url, "{ version }")


@pytest.mark.parametrize("body", [b"[]", b'{"data": null}', b"<html>", b'{"errors": [{"message": "no"}]}'])
def test_an_answer_that_is_none_of_graphql_is_refused(body: bytes) -> None:
    with answering(body) as url, pytest.raises(ValueError, match=r"."):
        ask(url, "{ version }")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with answering(b'{"data": {"version": "1"}}') as url:
        assert ask(url, "{ version }") == {"version": "1"}
        assert HttpProbe(url).look(0.0).reason == ""


def test_a_redirection_takes_no_log_in_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "jo")
    monkeypatch.setenv(PASSWORD, "correct horse")
    seen: list[Request] = []

    def elsewhere(request: Request) -> Answer:
        seen.append(request)
        return Answer(200, '{"data": {"version": "1"}}')

    with serve(elsewhere, methods=("GET", "POST")) as other:
        sent_on = Answer(302, "", {"Location": f"{other}/graphql"})
        with serve(lambda _: sent_on, methods=("GET", "POST")) as url:
            with pytest.raises(OSError, match="302"):
                ask(url, "{ version }")
            assert "does not answer" in HttpProbe(url).look(0.0).reason
    assert seen == []


@pytest.mark.parametrize(
    ("beat", "started", "why"),
    [
        (-5, -1000, ""),
        (-200, -1000, "no sign of life for 120 s of sensor"),
        (-20, -10, "no sign of life yet of sensor"),
        # The clock was set back by an hour, after the beat and after the start.
        (3600, -1000, "no sign of life for 120 s of sensor"),
        (-5, 3600, ""),
    ],
)
def test_a_daemon_lives_that_has_told_so_lately(
    beat: float, started: float, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    status = {"daemonType": "SENSOR", "required": True, "lastHeartbeatTime": now + beat}

    def answered(_url: str, _query: str) -> dict[str, Any]:
        return {"instance": {"daemonHealth": {"allDaemonStatuses": [status]}}}

    monkeypatch.setattr(probe, "ask", answered)
    assert DaemonProbe("http://127.0.0.1:1").look(now + started).reason == why


@pytest.mark.parametrize(("silent", "is_own"), [(("SENSOR",), False), (("SENSOR", "SCHEDULER"), True)])
def test_a_daemon_is_the_reason_itself_where_all_of_it_is_silent(
    silent: tuple[str, ...], is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    statuses = [
        {
            "daemonType": name,
            "required": name != "BACKFILL",
            "lastHeartbeatTime": now - 500 * (name in silent),
        }
        for name in ("SENSOR", "SCHEDULER", "BACKFILL")
    ]

    def answered(_url: str, _query: str) -> dict[str, Any]:
        return {"instance": {"daemonHealth": {"allDaemonStatuses": statuses}}}

    monkeypatch.setattr(probe, "ask", answered)
    found = DaemonProbe("http://127.0.0.1:1").look(now - 1000)
    assert (found.reason[:12], found.is_own) == ("no sign of l", is_own)


def test_a_daemon_is_no_reason_where_nobody_can_tell() -> None:
    found = DaemonProbe("http://127.0.0.1:1").look(0.0)
    assert (found.reason, found.is_own) == (UNKNOWN, False)
