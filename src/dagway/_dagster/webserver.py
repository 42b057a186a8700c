"""`python -m dagway._dagster.webserver LOGIN OPTIONS…`: Dagster's webserver, guarded from pages of other sites.

LOGIN says who asks for a log-in: `password`, the webserver itself; `proxy`, one that stands before it; `none`. Then a `Host` has to be
one of this machine's own names, or of those that follow a comma, such as `none,webserver`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, cast
from unittest import mock

from dagster_webserver import cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware

from dagway._dagster.guard import LOOPBACK, Guard
from dagway._dagster.login import PASSWORD, USER, Login, headers, own_key

NONE, PROXY, WITH_PASSWORD = "none", "proxy", "password"


def middleware(login: str, names: Sequence[str] = ()) -> list[Middleware]:
    """What stands before Dagster's own.

    Raises:
        SystemExit: nobody could log in, or there is no such log-in.
    """
    if login == NONE:
        return [Middleware(Guard, names=LOOPBACK | set(names))]
    guard = Middleware(Guard, names=None)
    if login == PROXY:
        return [guard]
    if login != WITH_PASSWORD:
        raise SystemExit(f"There is no log-in {login!r}: write {NONE}, {PROXY} or {WITH_PASSWORD} first.")
    expected = headers(os.environ).get("Authorization")
    if expected is None:
        raise SystemExit(f"{USER} and {PASSWORD} are to be set: nobody could log in.")
    return [guard, Middleware(Login, expected=expected, key=own_key(os.environ))]


def main() -> None:
    """Becomes the webserver.

    Raises:
        SystemExit: nobody could log in, or there is no such log-in.
    """
    login, *names = sys.argv.pop(1).split(",") if sys.argv[1:] else [""]
    before = middleware(login, names)
    stock: Callable[[Any], list[Middleware]] = cast("Any", DagsterWebserver).build_middleware

    def build_middleware(self: Any) -> list[Middleware]:
        return [*before, *stock(self)]

    with mock.patch.object(DagsterWebserver, "build_middleware", build_middleware):
        cli.main()


if __name__ == "__main__":
    main()
