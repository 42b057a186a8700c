"""What the webserver answers at all: nothing that a page of another site asks for, whether somebody has to log in or not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dagway._dagster.asgi import ASKED, App, Message, Receive, Scope, Send, once, refuse

#: How this machine calls itself in a `Host`. A forwarded port (`ssh -L`) has one of these names too.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORT = re.compile(r":\d*$")
#: Dagster's UI shows notebooks in a frame of its own.
_FRAMES = (b"x-frame-options", b"SAMEORIGIN")
_FOREIGN = (
    b"This comes from a page of another site, or by a link: questions come by POST, from the address that the browser shows."
    b" A proxy has to pass on the Host, or to name it as X-Forwarded-Host.\n"
)
_NO_NAME_OF_MINE = (
    b"Nobody has to log in here, so this answers to this machine's own names alone: open http://localhost with the port, from another"
    b" machine through ssh -L. If a proxy asks for a log-in, write `webserver: {login: proxy}` in platform.yaml.\n"
)


class Guard:
    """ASGI middleware, over HTTP and WebSocket alike.

    A browser reaches what its machine reaches, and sends a password that it knows by itself. Dagster takes a mutation from an
    address, so an image of another site's page is enough to send one; and a site whose name suddenly means this machine (DNS
    rebinding) may read what is answered, where nobody has to log in.
    """

    def __init__(self, app: App, names: frozenset[str] | None) -> None:
        """`names`: those that a `Host` may have; None for any, where somebody asks for a log-in."""
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] not in ASKED:
            await self._app(scope, receive, send)
            return

        async def in_no_frame(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _FRAMES]
            await send(message)

        sent = once(scope)
        if not self._is_meant(sent):
            await refuse(scope, in_no_frame, 403, _NO_NAME_OF_MINE)
        elif not _is_of_this_site(scope, sent):
            await refuse(scope, in_no_frame, 403, _FOREIGN)
        else:
            await self._app(scope, receive, in_no_frame)

    def _is_meant(self, sent: Mapping[bytes, bytes]) -> bool:
        host = sent.get(b"host", b"").decode("latin-1").lower()
        return self._names is None or _PORT.sub("", host) in self._names


def _is_of_this_site(scope: Scope, sent: Mapping[bytes, bytes]) -> bool:
    """Whether no page of another site can have asked for it: it reads, or its page is of the address that it asks."""
    if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
        # Dagster would take a mutation from an address as well.
        return not (scope["path"].endswith("/graphql") and scope["query_string"])
    origin = sent.get(b"origin")
    if origin is None:
        return True
    # A page without an origin sends `null`; and a header that came twice is empty too.
    authority = origin.partition(b"//")[2]
    # Of proxies in a row each adds what it was called; the first is what the browser said.
    forwarded = sent.get(b"x-forwarded-host", b"").partition(b",")[0].strip()
    return bool(authority) and authority in {sent.get(b"host"), forwarded}
