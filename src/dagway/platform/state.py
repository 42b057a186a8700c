"""What a platform that is up says of itself in a file, for other commands and for whoever is curious."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagway._dagster.process_start import start_ticks
from dagway.errors import DagwayError
from dagway.platform.home import Home, write_private
from dagway.platform.load import LoadedPlatform, find


@dataclass(frozen=True)
class PlatformState:
    """One platform that is up.

    Attributes:
        webserver: the UI's address.
        pid, born: the process of `dagway up`, and when it started, in the kernel's ticks: numbers are given twice.
        services: name → its condition, as `Condition.to_json` has it.
        stopping: whether it was asked to end; runs may still be waited for.
    """

    webserver: str
    profile: str
    pid: int
    born: int
    home: str
    since: float
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    stopping: bool = False

    def write(self, home: Home) -> None:
        """To its file, which only this user can read.

        Raises:
            DagwayError: it cannot be written.
        """
        write_private(home.state, json.dumps(vars(self), indent=2) + "\n")

    @property
    def is_up(self) -> bool:
        """Whether its process is there."""
        return start_ticks(self.pid) == self.born

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return dict(vars(self))


def read(home: Home) -> PlatformState | None:
    """The platform that is up on this home; None where none is.

    Raises:
        DagwayError: it is another user's, who alone may see whether one is up.
    """
    try:
        state = PlatformState(**json.loads(home.state.read_text(encoding="utf-8")))
    except PermissionError:
        raise DagwayError(
            f"Whether a platform is up cannot be seen: {home.platform} is another user's.",
            "Ask as the user who starts the platform.",
        ) from None
    except (OSError, ValueError, TypeError):
        return None
    return state if state.is_up else None


def as_running(target: Path, profile: str | None = None) -> LoadedPlatform:
    """The platform at `target` with the profile that it is up with, whatever it was chosen by; else as `find` has it.

    Args:
        profile: goes before that of the one that is up.

    Raises:
        BlueprintErrors, DagwayError: as `find` and `read`.
    """
    platform = find(target, profile)
    # The state lies beside platform.yaml, whichever home a profile names.
    state = None if profile else read(Home.of(platform.root, None, {}))
    if state is None or state.profile == platform.config.profile:
        return platform
    return find(target, state.profile)


def fresh(webserver: str, profile: str, home: Home) -> PlatformState:
    """The state of the platform that this process is."""
    pid = os.getpid()
    return PlatformState(webserver, profile, pid, start_ticks(pid) or 0, str(home.dagster), time.time())
