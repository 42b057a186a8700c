"""Who may come to the webserver: from this machine, through a proxy that asks for a log-in, or with a password."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping

from dagway._dagster.login import KEY_FILE, PASSWORD, USER
from dagway.errors import DagwayError
from dagway.platform.environment import combined
from dagway.platform.home import Home, write_private
from dagway.platform.load import LoadedPlatform
from dagway.platform.model import Webserver

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check(webserver: Webserver, environment: Mapping[str, str]) -> None:
    """Refuses to listen where anybody could come, and a log-in that nobody could pass.

    Raises:
        DagwayError: the address is not this machine's own and nobody has to log in, or there is no user or password to ask for.
    """
    if webserver.login is None and webserver.host not in LOOPBACK:
        raise DagwayError(
            f"The webserver would listen on {webserver.host}, where anybody can reach it and nobody has to log in.",
            "Write `webserver: {login: password}` in platform.yaml, which asks for"
            f" {USER} and {PASSWORD}; or `login: proxy`, if a proxy before it asks for a log-in. Else listen on 127.0.0.1, and reach"
            " it through `ssh -L 3001:localhost:3001`.",
        )
    if webserver.login != "password":
        return
    for name in (USER, PASSWORD):
        if not environment.get(name):
            raise DagwayError(
                f"The webserver is to ask for a password (`webserver: login: password`), and {name} is not set.",
                f"Set {name} in the environment, or in a .env that only you can read.",
            )
    if ":" in environment[USER]:
        raise DagwayError(f"{USER} has a colon, which no user of a log-in can have.", "Choose another user.")


def told(webserver: Webserver) -> str:
    """What whoever starts the platform has to know of it; empty for nothing."""
    if webserver.host in LOOPBACK or webserver.login is None:
        return ""
    where = f"listens on {webserver.host}"
    if webserver.login == "proxy":
        return f"{where} and lets everybody in: the proxy before it has to be the only way there, and to ask for a log-in"
    return (
        f"{where} and asks for a password, which is not encrypted on its way: put a proxy with TLS before it"
    )


def refused(error: PermissionError) -> DagwayError:
    """What to tell whom the webserver did not let in."""
    return DagwayError(
        f"The webserver asks for a log-in: {error.strerror}.",
        f"Set {USER} and {PASSWORD}, as the platform has them.",
    )


def make_key(platform: LoadedPlatform, home: Home) -> None:
    """A new one for each start, where the webserver asks for a log-in.

    Raises:
        DagwayError: it cannot be written.
    """
    if platform.config.webserver.login == "password":
        write_private(home.key, secrets.token_urlsafe(32))


def adopt(platform: LoadedPlatform) -> None:
    """This process asks its own webserver: with the platform's key, or the user and the password that a `.env` has."""
    if (key := Home.of(platform.root, None, {}).key).is_file():
        os.environ[KEY_FILE] = str(key)
    found = combined(platform, os.environ, platform.root)
    os.environ.update({name: found[name] for name in (USER, PASSWORD) if found.get(name)})
