"""`python -m dagway._dagster.login OPTIONS…`: Dagster's webserver, which asks for a user and a password (HTTP Basic).

Importing this imports nothing of Dagster: those who ask the webserver take from here what they have to send.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, cast
from unittest import mock

#: Variables that say who may come in; they are in no file and no command line that Dagway writes.
USER, PASSWORD = "DAGWAY_LOGIN_USER", "DAGWAY_LOGIN_PASSWORD"
#: Health checks ask here without a log-in, and are told Dagster's version.
OPEN = "/server_info"
_ASKED = b"Log in: the user and the password are those of the platform.\n"
_FOREIGN = (
    b"This comes from a page of another site, or by a link: questions come by POST, from the address that the browser shows."
    b" A proxy has to pass on the Host, or to name it as X-Forwarded-Host.\n"
)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers(environment: Mapping[str, str]) -> dict[str, str]:
    """What to send to a webserver that asks for a log-in; nothing where the variables are not set."""
    user, password = environment.get(USER), environment.get(PASSWORD)
    if not (user and password):
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for what runs the code of projects: it need not know how to come in."""
    return {name: value for name, value in environment.items() if name not in {USER, PASSWORD}}


class Login:
    """ASGI middleware: lets in who sends the right user and password, over HTTP and WebSocket alike.

    A browser sends them by itself, also for a page of another site: what such a page may ask for is refused.
    """

    def __init__(self, app: App, expected: str) -> None:
        self._app = app
        self._expected = _digest(_sent(expected.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] not in {"http", "websocket"} or scope["path"] == OPEN:
            await self._app(scope, receive, send)
            return
        # Whoever sends one of them twice has sent neither.
        sent: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            sent[name] = b"" if name in sent else value
        # Of equal length and in constant time, whatever was sent.
        is_known = hmac.compare_digest(_digest(_sent(sent.get(b"authorization", b""))), self._expected)
        if is_known and _is_of_this_site(scope, sent):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # Before it is accepted, this is an answer 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            status, text = (403, _FOREIGN) if is_known else (401, _ASKED)
            asked = [] if is_known else [(b"www-authenticate", b'Basic realm="Dagster", charset="UTF-8"')]
            kind = (b"content-type", b"text/plain; charset=utf-8")
            await send({"type": "http.response.start", "status": status, "headers": [kind, *asked]})
            await send({"type": "http.response.body", "body": text})


def _is_of_this_site(scope: Scope, sent: Mapping[bytes, bytes]) -> bool:
    """Whether no page of another site can have asked for it: it reads, or its page is of the address that it asks."""
    if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
        # Dagster would take a mutation from an address as well.
        return not (scope["path"].endswith("/graphql") and scope["query_string"])
    origin = sent.get(b"origin")
    return origin is None or origin.partition(b"//")[2] in {sent.get(b"host"), sent.get(b"x-forwarded-host")}


def _sent(header: bytes) -> bytes:
    """User and password; empty where it is no such header."""
    kind, _, value = header.strip().partition(b" ")
    try:
        return base64.b64decode(value.strip(), validate=True) if kind.lower() == b"basic" else b""
    except binascii.Error:
        return b""


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def main() -> None:
    """Becomes the webserver.

    Raises:
        SystemExit: nobody could log in.
    """
    from dagster_webserver import cli
    from dagster_webserver.webserver import DagsterWebserver
    from starlette.middleware import Middleware

    expected = headers(os.environ).get("Authorization")
    if expected is None:
        raise SystemExit(f"{USER} and {PASSWORD} are to be set: nobody could log in.")
    stock: Callable[[Any], list[Middleware]] = cast("Any", DagsterWebserver).build_middleware

    def build_middleware(self: Any) -> list[Middleware]:
        return [Middleware(Login, expected=expected), *stock(self)]

    with mock.patch.object(DagsterWebserver, "build_middleware", build_middleware):
        cli.main()


if __name__ == "__main__":
    main()
