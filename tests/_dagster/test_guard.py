"""What a page of another site may ask of the webserver: nothing, by whatever way."""

from __future__ import annotations

import asyncio

import pytest
from asgi_requests import asked, webserver

from dagway._dagster.guard import LOOPBACK, Guard

pytestmark = pytest.mark.unit
#: Where nobody has to log in, and behind a proxy or a password.
ALONE, ASKED = Guard(webserver, LOOPBACK), Guard(webserver, None)
HOST = {"Host": "localhost:3001"}
EVIL = "http://evil.example"


def status(
    guard: Guard, sent: dict[str, str] | list[tuple[str, str]], path: str = "/graphql", method: str = "POST"
) -> int:
    message = asyncio.run(asked(guard, sent, path=path, method=method))
    assert dict(message["headers"])[b"x-frame-options"] == b"SAMEORIGIN"
    return int(message["status"])


def is_accepted(guard: Guard, sent: dict[str, str]) -> bool:
    return asyncio.run(asked(guard, sent, kind="websocket"))["type"] == "websocket.accept"


@pytest.mark.parametrize("guard", [ALONE, ASKED], ids=["alone", "asked"])
def test_what_a_page_of_another_site_asks_is_refused(guard: Guard) -> None:
    own, foreign = {**HOST, "Origin": "http://localhost:3001"}, {**HOST, "Origin": EVIL}
    # Programs send no origin; browsers do with all that is no plain reading.
    for sent in (HOST, own):
        assert status(guard, sent) == 200
        assert is_accepted(guard, sent)
    for path in ("/graphql", "/graphql?query=mutation", "/report_asset_materialization/x"):
        assert status(guard, foreign, path) == 403
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert status(guard, foreign, method=method) == 403
    assert not is_accepted(guard, foreign)
    # Another program of this machine is another site too.
    assert status(guard, {**HOST, "Origin": "http://localhost:8888"}) == 403


@pytest.mark.parametrize("guard", [ALONE, ASKED], ids=["alone", "asked"])
def test_an_address_asks_nothing(guard: Guard) -> None:
    assert status(guard, HOST, "/runs?q=x", "GET") == 200
    assert status(guard, HOST, "/graphql", "GET") == 200
    for path in ("/graphql?query=mutation", "/prefix/graphql?x"):
        assert status(guard, HOST, path, "GET") == 403
        assert status(guard, HOST, path, "HEAD") == 403


@pytest.mark.parametrize(
    "more",
    [
        [("Origin", "null")],
        [("Origin", "null"), ("X-Forwarded-Host", "a"), ("X-Forwarded-Host", "b")],
        [("Origin", EVIL), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Host", "evil.example")],
        [("Origin", "http://localhost:3001"), ("Origin", EVIL)],
    ],
)
def test_a_page_without_an_origin_is_of_no_site(more: list[tuple[str, str]]) -> None:
    assert status(ASKED, [*HOST.items(), *more]) == 403
    assert status(ASKED, [("Host", ""), *more]) == 403
    assert status(ASKED, more) == 403


def test_a_proxy_names_the_host_that_a_browser_shows() -> None:
    origin = {"Origin": "https://data.example"}
    for sent in ({"Host": "data.example"}, {"Host": "10.0.0.7:3001", "X-Forwarded-Host": "data.example"}):
        assert status(ASKED, {**sent, **origin}) == 200
        assert status(ASKED, sent, "/", "GET") == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", 200),
        ("localhost:3001", 200),
        ("LocalHost:8080", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:3001", 200),
        ("[::1]", 200),
        ("evil.example:3001", 403),
        ("localhost.evil.example", 403),
        ("localhost:3001.evil.example", 403),
        ("127.0.0.1.evil.example:3001", 403),
        ("webserver:3001", 403),
        ("", 403),
    ],
)
def test_without_a_log_in_the_host_is_this_machine(host: str, expected: int) -> None:
    for method in ("GET", "POST"):
        assert status(ALONE, {"Host": host}, "/", method) == expected
    assert is_accepted(ALONE, {"Host": host}) == (expected == 200)
    # A site that has come to mean this machine (DNS rebinding) is its own origin.
    assert status(ALONE, {"Host": host, "Origin": f"http://{host}"}) == expected


def test_a_host_that_is_sent_twice_or_not_at_all_is_none() -> None:
    assert status(ALONE, [*HOST.items(), ("Host", "evil.example")]) == 403
    assert status(ALONE, {}) == 403


def test_a_container_is_called_by_its_name_too() -> None:
    guard = Guard(webserver, LOOPBACK | {"webserver"})
    assert status(guard, {"Host": "webserver:3001"}) == 200
    assert status(guard, {"Host": "webserver.evil.example"}) == 403


def test_of_proxies_in_a_row_the_first_says_what_the_browser_asked() -> None:
    page = {"Host": "inner:3001", "Origin": "https://d.example"}
    assert status(ASKED, {**page, "X-Forwarded-Host": "d.example, middle"}) == 200
    assert status(ASKED, {**page, "X-Forwarded-Host": "middle, d.example"}) == 403
