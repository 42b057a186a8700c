"""Whether a service works: asked as those ask who use it, without importing Dagster."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol, cast
from urllib.error import HTTPError
from urllib.request import Request

from dagway._dagster.client import DIRECT
from dagway._dagster.login import PASSWORD, USER, own_headers

#: Seconds that an answer may take.
PATIENCE = 5.0
#: What a probe answers that cannot know.
UNKNOWN = "nobody can tell while the webserver does not answer"
_DAEMONS = (
    "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy lastHeartbeatTime } } } }"
)
#: Seconds within which a daemon tells that it lives.
RECENT = 120.0
_HEALTH = "/grpc.health.v1.Health/Check"
#: A `HealthCheckRequest` for Dagster's service, and the `HealthCheckResponse` of one that serves.
_ASKED, _SERVING = b"\n\x0aDagsterApi", b"\x08\x01"


@dataclass(frozen=True)
class Address:
    """Where a server listens: host and port, or a socket's path."""

    host: str
    port: int
    socket: str = ""

    def __str__(self) -> str:
        return self.socket or f"{self.host}:{self.port}"

    def answers(self) -> bool:
        """Whether somebody listens there."""
        try:
            if self.socket:
                with closing(socket.socket(socket.AF_UNIX)) as probe:
                    probe.settimeout(PATIENCE)
                    probe.connect(self.socket)
            else:
                socket.create_connection((self.host, self.port), PATIENCE).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Answer:
    """How a service is.

    Attributes:
        reason: why it does not work; empty where it does.
        is_own: whether the reason is the service itself as a whole: nothing else is one to kill it.
    """

    reason: str = ""
    is_own: bool = True


class Probe(Protocol):
    """Asks one service."""

    def look(self, since: float) -> Answer:
        """How it is.

        Args:
            since: when its process was started, in seconds since the epoch: what was true before does not count.
        """
        ...


@dataclass(frozen=True)
class NoProbe:
    """Whoever has a process works."""

    def look(self, since: float) -> Answer:
        """Nothing is asked."""
        return Answer()


@dataclass(frozen=True)
class GrpcProbe:
    """A code server's own health service."""

    address: Address

    def look(self, since: float) -> Answer:
        """Asks over gRPC."""
        return Answer(self._why_not())

    def _why_not(self) -> str:
        # Asked first: a channel to nobody tries for long, and says so in its own log.
        if not self.address.answers():
            return f"nobody listens at {self.address}"
        import grpc

        target = f"unix:{self.address.socket}" if self.address.socket else str(self.address)
        channel: Any = grpc.insecure_channel(target)
        try:
            answer = channel.unary_unary(_HEALTH)(_ASKED, timeout=PATIENCE)
        except grpc.RpcError as error:
            return f"it answers {error.code().name}"  # pyright: ignore[reportAttributeAccessIssue]
        finally:
            channel.close()
        return "" if answer == _SERVING else "it does not serve yet"


@dataclass(frozen=True)
class HttpProbe:
    """The webserver's own page of versions."""

    url: str

    def look(self, since: float) -> Answer:
        """Asks over HTTP."""
        return Answer(self._why_not())

    def _why_not(self) -> str:
        try:
            with DIRECT.open(f"{self.url}/server_info", timeout=PATIENCE) as answer:
                return "" if answer.status == 200 else f"it answers {answer.status}"
        except (OSError, HTTPException) as error:
            return f"{self.url} does not answer: {getattr(error, 'reason', error)}"


@dataclass(frozen=True)
class DaemonProbe:
    """The daemon's heartbeats, as the webserver reads them."""

    webserver: str

    def look(self, since: float) -> Answer:
        """Asks the webserver: each daemon that is required must have told that it lives, lately and since it was started.

        One of them that is silent may be busy; where all are, it is their process that hangs.
        """
        try:
            statuses = ask(self.webserver, _DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        except (OSError, ValueError, KeyError, TypeError):
            return Answer(UNKNOWN, is_own=False)
        now = time.time()
        # A time to come is one of a clock that has been set back since.
        after = max(since if since <= now else 0.0, now - RECENT)
        required = [one for one in statuses if one["required"]]
        silent = [
            str(one["daemonType"]).lower()
            for one in required
            if not after <= (one["lastHeartbeatTime"] or 0.0) <= now + RECENT
        ]
        how_long = "yet" if since == after else f"for {RECENT:.0f} s"
        reason = f"no sign of life {how_long} of {', '.join(silent)}" if silent else ""
        return Answer(reason, is_own=len(silent) == len(required))


def ask(
    url: str, query: str, variables: Mapping[str, Any] | None = None, patience: float = PATIENCE
) -> dict[str, Any]:
    """What the webserver answers to a GraphQL query.

    Raises:
        OSError: it does not answer; PermissionError, if it asks for another log-in.
        ValueError: it answers something else, or refuses.
    """
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    request = Request(  # noqa: S310  the address is our own
        f"{url}/graphql", body, {"Content-Type": "application/json", **own_headers(os.environ)}
    )
    try:
        with DIRECT.open(request, timeout=patience) as answer:
            content: Any = json.load(answer)
    except HTTPError as error:
        if error.code != 401:
            raise
        raise PermissionError(
            errno.EACCES, f"the log-in of {url} is not that of {USER} and {PASSWORD}"
        ) from None
    except HTTPException as error:
        raise OSError(f"the answer broke off: {error!r}") from error
    if not isinstance(content, dict):
        raise ValueError("the answer is no object")
    found = cast("dict[str, Any]", content)
    if found.get("errors"):
        raise ValueError(str(found["errors"]))
    if not isinstance(found.get("data"), dict):
        raise ValueError("the answer has no data")
    return found["data"]


def main(kind: str, address: str) -> int:
    """For containers: `python -m dagway.platform.probe grpc|http|daemon ADDRESS`; the exit status tells."""
    host, _, port = address.rpartition(":")
    probes: dict[str, Probe] = {
        "grpc": GrpcProbe(Address(host, int(port))),
        "http": HttpProbe(address),
        "daemon": DaemonProbe(address),
    }
    why = probes[kind].look(time.time() - RECENT).reason
    if why:
        print(why, file=sys.stderr)
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
