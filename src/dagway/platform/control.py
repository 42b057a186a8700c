"""A platform that is up, seen and stopped from another process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dagway._dagster.pidfds import are_supported
from dagway.errors import DagwayError
from dagway.platform.environment import home_of
from dagway.platform.home import Home
from dagway.platform.load import LoadedPlatform
from dagway.platform.login import adopt, refused
from dagway.platform.state import PlatformState, read
from dagway.platform.stopping import CANCEL
from dagway.platform.under_way import Locations, locations, queued, under_way
from dagway.platform.versions import Version, deployed

_PAUSE = 0.1


@dataclass(frozen=True)
class Status:
    """How a platform is.

    Attributes:
        state: None where it is not up.
        locations: None where the webserver does not answer.
        under_way, queued: numbers of runs.
        deployed: the version of each location that is served from another folder than platform.yaml names.
    """

    home: Home
    state: PlatformState | None
    locations: Locations | None = None
    under_way: int = 0
    queued: int = 0
    deployed: Mapping[str, Version] = field(default_factory=dict[str, Version])

    @property
    def is_healthy(self) -> bool:
        """Whether it is up, every service works and every location has loaded."""
        services = self.state.services.values() if self.state else ()
        return (
            self.state is not None
            and not self.state.stopping
            and bool(services)
            and all(one["state"] == "healthy" for one in services)
            and self.locations is not None
            and not self.locations.broken
        )

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "up": self.state is not None,
            "healthy": self.is_healthy,
            **(self.state.to_json() if self.state else {"home": str(self.home.dagster)}),
            "locations": vars(self.locations) if self.locations else None,
            "runs": {"under_way": self.under_way, "queued": self.queued},
            "deployed": {name: version.to_json() for name, version in self.deployed.items()},
        }


def status(platform: LoadedPlatform) -> Status:
    """How the platform is now.

    Raises:
        DagwayError: its webserver asks for another log-in, its `.env` cannot be read, or it is another user's.
    """
    home = home_of(platform, os.environ)
    state = read(home)
    if state is None:
        return Status(home, None, deployed=deployed(home))
    adopt(platform)
    found = Status(home, state, deployed=deployed(home))
    try:
        runs, waiting = under_way(state.webserver), queued(state.webserver)
        return replace(found, locations=locations(state.webserver), under_way=len(runs), queued=len(waiting))
    except PermissionError as error:
        raise refused(error) from None
    except (OSError, ValueError, KeyError):
        return found


def stop(platform: LoadedPlatform, *, cancel: bool, patience: float) -> bool:
    """Stops the platform in order, and waits until it has; False where none was up.

    Args:
        cancel: whether runs under way are canceled, and not as its configuration says.
        patience: seconds to wait.

    Raises:
        DagwayError: it did not stop in time, or is another user's.
    """
    # The state lies beside platform.yaml: no `.env` has to be read for it, which may not be possible any more.
    state = read(Home.of(platform.root, None, {}))
    if state is None:
        return False
    _signal(state, CANCEL if cancel else signal.SIGTERM)
    deadline = time.monotonic() + patience
    while state.is_up:
        if time.monotonic() > deadline:
            raise DagwayError(
                f"The platform of {state.home}, process {state.pid}, has not stopped in {patience:.0f} s.",
                "See `dagway logs`; `dagway down --cancel` does not wait for runs.",
            )
        time.sleep(_PAUSE)
    return True


def _signal(state: PlatformState, number: signal.Signals) -> None:
    """To the platform's process, never to a later one that has got its number."""
    try:
        if not are_supported():
            os.kill(state.pid, number)
            return
        process = os.pidfd_open(state.pid)
        try:
            if state.is_up:
                signal.pidfd_send_signal(process, number)
        finally:
            os.close(process)
    except ProcessLookupError:
        return
    except PermissionError:
        raise DagwayError(
            f"Process {state.pid} belongs to another user.", "Stop the platform as the user who started it."
        ) from None
