"""Who is told the user and the password: the project's own platform and the one that `DAGWAY_URL` names, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping

from dagway._dagster.client import Origin
from dagway._dagster.login import PASSWORD, USER, headers
from dagway.errors import DagwayError

#: The variable that names a platform: who sets it means that platform with all that it is told.
URL = "DAGWAY_URL"


def is_at(url: str, other: str | None) -> bool:
    """Whether both are addresses of one origin."""
    try:
        return other is not None and Origin.of(url) == Origin.of(other)
    except ValueError:
        return False


def log_in(url: str, own: str | None, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The headers to send there; none for an address that was only typed.

    Args:
        own: the address of the project's own platform, if that is up. It is on this machine: what it is told does not leave that.

    Raises:
        DagwayError: they would be readable on their way.
    """
    if is_at(url, own):
        return headers(environment)
    if not is_at(url, environment.get(URL)):
        return {}
    known, origin = headers(environment), Origin.of(url)
    if known and origin.scheme != "https" and not origin.is_loopback:
        raise DagwayError(
            f"{url} is asked over plain HTTP: whoever is on the way could read {USER} and {PASSWORD}, which would be sent along.",
            f"Let a proxy with TLS stand before it and set {URL}=https://…; or reach it by `ssh -L 3001:localhost:{origin.port}"
            f" {origin.host}` and set {URL}=http://localhost:3001. Where it asks for no log-in, unset both.",
        )
    return known
