"""The platform that is up and serves a project: its own, or one of a folder above whose `platform.yaml` names it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dagway.errors import DagwayError
from dagway.platform.home import Home
from dagway.platform.load import FILE, LoadedPlatform, find
from dagway.platform.state import PlatformState, read
from dagway.project.locate import Location


@dataclass(frozen=True)
class Serving:
    """A platform that is up.

    Attributes:
        location: the code location that the project is, among those of a folder above; empty for all, or for several.
    """

    platform: LoadedPlatform
    state: PlatformState
    location: str = ""


def serving(project: Path) -> Serving | None:
    """The nearest one, of a project folder, a workspace file or any other that `dagway up` takes; None where none is up.

    Raises:
        BlueprintErrors: every mistake in its file.
        DagwayError: a code location that it names is not there.
    """
    target = project.absolute()
    root = target if target.is_dir() else target.parent
    if state := _up(root):
        return Serving(find(target, state.profile), state)
    for folder in root.parents:
        if (folder / FILE).is_file() and (state := _up(folder)):
            platform = find(folder, state.profile)
            if names := _names(platform, target.resolve()):
                return Serving(platform, state, names[0] if len(names) == 1 else "")
    return None


def _up(root: Path) -> PlatformState | None:
    # One of another user serves others: what is launched here goes its own way.
    with suppress(DagwayError):
        return read(Home.of(root, None, {}))
    return None


def _names(platform: LoadedPlatform, target: Path) -> list[str]:
    """The code locations that the project is."""
    # It imports much, and most launches find no platform.
    from dagway.platform.services import served

    places = served(platform, Home.of(platform.root, platform.config.home, {}))
    return [one.name for one in places if _is_of(one.location, target)]


def _is_of(location: Location, target: Path) -> bool:
    if location.file is not None and target.suffix == ".py":
        return location.file.resolve() == target
    own = {location.root, *location.paths, *([location.file.parent] if location.file else [])}
    return (target if target.is_dir() else target.parent) in {folder.resolve() for folder in own}
