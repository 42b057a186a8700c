"""A user and a password for the webserver (HTTP Basic): what asks for them, and who has to send them.

The platform's own questions come with a key instead, which is made at each start and stands in a private file: they have to be answered
also while somebody guesses passwords from this machine's own address.

Importing this imports nothing of Dagster: those who ask the webserver take from here what they have to send.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from dagway._dagster.asgi import ASKED, App, Receive, Scope, Send, once, refuse

#: Variables that say who may come in; they are in no file and no command line that Dagway writes.
USER, PASSWORD = "DAGWAY_LOGIN_USER", "DAGWAY_LOGIN_PASSWORD"
#: Names the file with the platform's key, to the webserver and to whoever may read it.
KEY_FILE = "DAGWAY_LOGIN_KEY_FILE"
#: What the code of projects need not know.
OWN = frozenset({USER, PASSWORD, KEY_FILE})
#: Health checks ask here without a log-in, and are told Dagster's version.
OPEN = "/server_info"
#: Seconds after which a wrong password is answered, and how many of one address may wait for that.
LATER, MOST = 1.0, 8
_ASKED = b"Log in: the user and the password are those of the platform.\n"
_AGAIN = b"Too many wrong passwords came from your address: try it again in a second.\n"
_BASIC = (b"www-authenticate", b'Basic realm="Dagster", charset="UTF-8"')
#: The webserver's own, which it has shown.
_LOG = logging.getLogger("dagster-webserver")


def headers(environment: Mapping[str, str]) -> dict[str, str]:
    """What to send to a webserver that asks for a log-in; nothing where the variables are not set."""
    user, password = environment.get(USER), environment.get(PASSWORD)
    if not (user and password):
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def own_headers(environment: Mapping[str, str]) -> dict[str, str]:
    """What to send to the platform's own webserver: its key, or else what others send."""
    key = own_key(environment)
    return {"Authorization": key} if key else headers(environment)


def own_key(environment: Mapping[str, str]) -> str:
    """The platform's key, as it is sent; empty where there is none that this user may read."""
    path = environment.get(KEY_FILE)
    try:
        key = Path(path).read_text(encoding="ascii").strip() if path else ""
    except (OSError, ValueError):
        return ""
    return f"Bearer {key}" if key else ""


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for what runs the code of projects: it need not know how to come in."""
    return {name: value for name, value in environment.items() if name not in OWN}


class Login:
    """ASGI middleware: lets in who sends the right user and password, over HTTP and WebSocket alike.

    Whoever sends wrong ones waits for the answer, and so many at a time that guessing is slow; of more, nobody looks at what they send.
    The platform's own key, which nobody can guess, passes before that.
    """

    def __init__(self, app: App, expected: str, later: float = LATER, key: str = "") -> None:
        self._app = app
        self._key = _digest(key.encode()) if key else None
        self._expected = _digest(_sent(expected.encode()))
        self._later = later
        self._waiting = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] not in ASKED or scope["path"] == OPEN:
            await self._app(scope, receive, send)
            return
        authorization = once(scope).get(b"authorization")
        if authorization is None:
            await refuse(scope, send, 401, _ASKED, [_BASIC])
            return
        # In constant time, as below.
        if self._key is not None and hmac.compare_digest(_digest(authorization.strip()), self._key):
            await self._app(scope, receive, send)
            return
        client = str((scope.get("client") or ("an unknown address",))[0])
        if self._waiting[client] >= MOST:
            await refuse(scope, send, 429, _AGAIN, [(b"retry-after", b"1")])
        # Of equal length and in constant time, whatever was sent.
        elif hmac.compare_digest(_digest(_sent(authorization)), self._expected):
            await self._app(scope, receive, send)
        else:
            # Not even the user: a password may have been typed there.
            _LOG.warning("A wrong user or password came from %s.", client)
            await self._wait(client)
            await refuse(scope, send, 401, _ASKED, [_BASIC])

    async def _wait(self, client: str) -> None:
        self._waiting[client] += 1
        try:
            await asyncio.sleep(self._later)
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]


def _sent(header: bytes) -> bytes:
    """User and password; empty where it is no such header."""
    kind, _, value = header.strip().partition(b" ")
    try:
        return base64.b64decode(value.strip(), validate=True) if kind.lower() == b"basic" else b""
    except binascii.Error:
        return b""


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
