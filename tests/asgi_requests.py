"""Requests to middleware of the webserver, without a webserver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagway._dagster.asgi import App, Message, Receive, Scope, Send

#: What `asked` gives where the middleware let a request pass.
PASSED = 200


async def webserver(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for Dagster's: it answers everybody."""
    del receive
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": PASSED, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def asked(
    app: App,
    sent: Mapping[str, str] | list[tuple[str, str]],
    *,
    method: str = "POST",
    path: str = "/graphql",
    kind: str = "http",
    client: str = "10.0.0.7",
) -> Message:
    """The first message of the answer."""
    answer: list[Message] = []
    pairs = sent if isinstance(sent, list) else list(sent.items())
    path, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in pairs],
        "client": (client, 50000),
        **({"method": method} if kind == "http" else {}),
    }

    async def receive() -> Message:
        raise AssertionError("nobody reads a body here")

    async def send(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, send)
    return answer[0]
