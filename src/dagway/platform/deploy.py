"""A new version of a code location in the place of the one that runs, and back; nobody who asks the platform meanwhile waits."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError
from dagway.platform.environment import home_of
from dagway.platform.home import PRIVATE_FILE
from dagway.platform.load import LoadedPlatform
from dagway.platform.login import adopt, refused
from dagway.platform.services import Served, served
from dagway.platform.state import PlatformState, read
from dagway.platform.stopping import undoing
from dagway.platform.trial import attempt, moved
from dagway.platform.under_way import locations, reload
from dagway.platform.versions import Version, Versions
from dagway.runtime.version import LINK, placed_all


@dataclass(frozen=True)
class Deployed:
    """What was done: a location's version now, and the one before, in which its runs under way go on."""

    location: str
    now: Version
    before: Version


def deploy(platform: LoadedPlatform, folder: Path | None, name: str | None) -> Deployed:
    """Puts the version of a folder in the place of the one that runs.

    Args:
        folder: the new version's; None for the version before.
        name: the location's; None where there is one.

    Raises:
        DagwayError: it is not in place, and what was there still is.
    """
    home = home_of(platform, os.environ)
    state = read(home)
    if state is None:
        raise DagwayError(
            f"No platform is up on {home.dagster}.",
            "Start it with `dagway up`, which serves the version that was deployed last.",
        )
    _check_engine(platform)
    adopt(platform)
    one = _chosen(served(platform, home), name)
    versions = Versions.of(home, one.name)
    with _alone(versions), undoing() as be_deaf:
        current, before = versions.current, versions.previous
        if current is None:
            raise DagwayError(
                f"{one.name} is not among what the platform has started.",
                "Stop it with `dagway down`, and start it again.",
            )
        wanted = _wanted(one.name, folder, current, before)
        _ask(state)
        _try(one, wanted, _environment(state, one.name, versions.link, wanted))
        try:
            versions.switch(wanted, current)
            if why := _loaded(state, one.name):
                be_deaf()
        except BaseException:
            # Ctrl-C, SIGTERM, a closed terminal: what nobody has seen load is not left in place.
            be_deaf()
            _put_back(state, one.name, versions, current, before)
            raise
        if why:
            again = _put_back(state, one.name, versions, current, before)
            raise _not_loaded(one.name, wanted, current, why, again)
    return Deployed(one.name, Version.of(wanted), Version.of(current))


def _check_engine(platform: LoadedPlatform) -> None:
    engine = platform.config.runs.engine
    if engine != "warm":
        raise DagwayError(
            f"With `runs: engine: {engine}`, runs are in processes that keep the code they have imported.",
            "Write the new folder into platform.yaml, `dagway down`, and `dagway up`.",
        )


def _chosen(locations: tuple[Served, ...], name: str | None) -> Served:
    if name is None and len(locations) > 1:
        raise DagwayError(
            f"The platform has {len(locations)} code locations.",
            f"Add --location NAME: {', '.join(one.name for one in locations)}.",
        )
    for one in locations:
        if name in {None, one.name}:
            return one
    raise DagwayError(
        f"The platform has no code location {name!r}.",
        f"Its locations: {', '.join(one.name for one in locations)}.",
    )


def _wanted(name: str, folder: Path | None, current: Path, before: Path | None) -> Path:
    """The folder that is to be served."""
    if folder is None and before is None:
        raise DagwayError(
            f"There is no version of {name} before {current}.",
            "`dagway deploy FOLDER` puts another in place.",
        )
    wanted = (folder or before or current).resolve()
    if not wanted.is_dir():
        raise DagwayError(
            f"There is no folder {wanted}.", "Give the folder of the new version, such as a checkout."
        )
    if wanted == current:
        raise DagwayError(
            f"{name} is served from {wanted} already.",
            "Put the new version into a folder beside it, for example by `git worktree add`.",
        )
    return wanted


def _try(one: Served, folder: Path, environment: Mapping[str, str]) -> None:
    try:
        attempt(moved(one.location, folder), environment)
    except DagwayError as error:
        raise DagwayError(
            f"{folder} is not deployed, and nothing has changed. {error.message}", error.remedy
        ) from None


def _environment(state: PlatformState, name: str, link: Path, folder: Path) -> dict[str, str]:
    """The variables of the location's code server that runs, for the new folder.

    Raises:
        DagwayError: it does not run.
    """
    pid: Any = state.services.get(name, {}).get("pid")
    try:
        words = Path(f"/proc/{int(pid)}/environ").read_bytes().split(b"\0")
    except (OSError, TypeError, ValueError):
        raise DagwayError(
            f"The code server of {name} does not run.", f"See `dagway status` and `dagway logs {name}`."
        ) from None
    found = dict(os.fsdecode(word).split("=", 1) for word in words if b"=" in word)
    found.pop(LINK, None)
    return {**found, "PYTHONPATH": placed_all(found.get("PYTHONPATH", ""), str(link), str(folder))}


def _ask(state: PlatformState) -> None:
    """Sees whether the webserver answers, before anything is done."""
    try:
        locations(state.webserver)
    except PermissionError as error:
        raise refused(error) from None
    except (OSError, ValueError, KeyError) as error:
        raise DagwayError(
            f"The webserver at {state.webserver} does not answer: {error}.", "See `dagway status`."
        ) from None


def _loaded(state: PlatformState, name: str) -> str:
    """Why the webserver does not have what the link names now; empty where it does."""
    try:
        return reload(state.webserver, name)
    except (OSError, ValueError, KeyError) as error:
        return f"the webserver does not answer ({error})"


def _put_back(state: PlatformState, name: str, versions: Versions, current: Path, before: Path | None) -> str:
    """Why the platform does not have what was there before; empty where it has it again."""
    versions.switch(current, before)
    return _loaded(state, name)


def _not_loaded(name: str, wanted: Path, current: Path, why: str, again: str) -> DagwayError:
    if not again:
        return DagwayError(
            f"{wanted} did not load behind the platform, and {current} is served again: {why}",
            "Mend it, then deploy it again.",
        )
    return DagwayError(
        f"{wanted} did not load behind the platform: {why}\n{current} is in its place again, but did not load either: {again}",
        f"See `dagway status` and `dagway logs {name}`. It is loaded at the next reload, or when the code server is started again.",
    )


@contextmanager
def _alone(versions: Versions) -> Generator[None]:
    """While this is open, nobody else deploys the location; the kernel lets go of it with the process."""
    if not versions.folder.is_dir():
        # Nothing of it was ever served: what is asked next says so.
        yield
        return
    descriptor = os.open(versions.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
