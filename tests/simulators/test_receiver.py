"""The local HTTP server."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from dagway.errors import DagwayError
from dagway.simulators.receiver import Answer, Request, serve

pytestmark = pytest.mark.integration


def test_a_request_is_handed_over_with_its_method_and_query() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return Answer(200, "{}")

    with serve(answer, methods=("GET", "PATCH")) as url:
        asked = urllib.request.Request(f"{url}/a%20b?limit=2&cursor=x%3D", data=b"body", method="PATCH")
        urllib.request.urlopen(asked, timeout=5).close()
        with pytest.raises(urllib.error.HTTPError, match="501"):
            urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=5)

    assert [(one.method, one.path, one.query, one.body) for one in seen] == [
        ("PATCH", "/a b", {"limit": "2", "cursor": "x="}, b"body")
    ]


def test_a_port_that_is_taken_is_named() -> None:
    with serve(lambda _: Answer(200, "")) as url:
        port = int(url.rpartition(":")[2])
        with (
            pytest.raises(DagwayError, match=f"Port {port} cannot be served"),
            serve(lambda _: Answer(200, ""), port=port),
        ):
            pass
