"""What middleware of the webserver is given, and how it refuses. Nothing of Dagster is imported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Other connections are the server's own.
ASKED = {"http", "websocket"}


def once(scope: Scope) -> dict[bytes, bytes]:
    """The headers by their names in small letters. Whoever sends one of them twice has sent it empty."""
    sent: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        sent[name] = b"" if name in sent else value
    return sent


async def refuse(
    scope: Scope, send: Send, status: int, text: bytes, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answers with a status and its reason; a WebSocket that is not accepted yet with 403."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
