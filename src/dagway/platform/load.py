"""`platform.yaml` from its file, with every mistake at its line; and what a project without one has."""

from __future__ import annotations

import os
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from dagway.blueprint.composer import compose
from dagway.blueprint.mistake import BlueprintErrors
from dagway.blueprint.page import Page, read
from dagway.blueprint.secrets import check_secrets
from dagway.blueprint.shape import shape
from dagway.blueprint.tree import Mapping, merge
from dagway.errors import DagwayError
from dagway.platform.model import PlatformConfig, Profile

FILE = "platform.yaml"
NOUN, BEGIN = "platform file", "begin with `platform: 1`"
#: The variable that names the profile where the command does not.
PROFILE = "DAGWAY_PROFILE"


@dataclass(frozen=True)
class LoadedPlatform:
    """A platform's configuration and where it stands.

    Attributes:
        root: the folder that paths are relative to, and whose `.dagway` holds the platform's own files.
        target: the project, workspace or file that is served where the configuration names no location.
        path: the file; None where there is none.
    """

    config: PlatformConfig
    root: Path
    target: Path
    path: Path | None = None

    @property
    def name(self) -> str:
        """The platform's name."""
        return self.config.name or self.root.name


def find(target: Path, profile: str | None = None) -> LoadedPlatform:
    """The platform of a project folder, a workspace file or a `platform.yaml`.

    Raises:
        BlueprintErrors: every mistake in its file.
        DagwayError: there is nothing at that path, or no such profile.
    """
    target = target.absolute()
    if not target.exists():
        raise DagwayError(f"There is no file or folder {target}.", "Give the folder of a Dagster project.")
    root = target if target.is_dir() else target.parent
    chosen = _profile(profile or os.environ.get(PROFILE))
    path = target if target.name == FILE else root / FILE
    if not path.is_file():
        config = PlatformConfig(platform=1, profile=chosen or "embedded")
        return LoadedPlatform(config, root, target)
    served = root if target == path else target
    return LoadedPlatform(parse(read(path, NOUN), path, chosen), root, served, path)


def parse(text: str, path: Path, profile: Profile | None = None) -> PlatformConfig:
    """A platform's text as if it stood at `path`, with the values of the profile that is chosen, here or in it.

    Raises:
        BlueprintErrors: every mistake in it, those of other profiles too.
    """
    page = Page(path, text, noun=NOUN, begin=BEGIN)
    root = compose(page)
    if root is None:
        raise BlueprintErrors(page.masked())
    check_secrets(root, page)
    written = shape(root, page, PlatformConfig)
    overlaid = dict(_overlaid(root, page)) if written else {}
    if written is None or page.mistakes:
        raise BlueprintErrors(page.masked())
    chosen = profile or written.profile
    config = overlaid.get(chosen, written)
    return config.model_copy(update={"profile": chosen})


def _overlaid(root: Mapping, page: Page) -> Map[str, PlatformConfig]:
    """The configuration of each profile that has values of its own; what is wrong in it is noted on the page."""
    found: dict[str, PlatformConfig] = {}
    entry = root.get("profiles")
    profiles = entry.node.entries if entry and isinstance(entry.node, Mapping) else {}
    for name, overlay in profiles.items():
        if not isinstance(overlay.node, Mapping):
            continue
        own = Page(page.path, page.text, noun=NOUN, begin=BEGIN)
        config = shape(merge(root, overlay.node), own, PlatformConfig)
        page.mistakes += [
            replace(mistake, message=f"in the profile `{name}`: {mistake.message}")
            for mistake in own.mistakes
        ]
        if config is not None:
            found[name] = config
    return found


def _profile(name: str | None) -> Profile | None:
    if name is None or name == "":
        return None
    if name not in get_args(Profile):
        raise DagwayError(f"There is no profile {name!r}.", f"Use one of: {', '.join(get_args(Profile))}.")
    return cast("Profile", name)
