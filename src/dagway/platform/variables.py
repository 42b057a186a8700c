"""Every environment variable that a platform reads: what it is for, where its value comes from, and whether it is missing.

Values are never shown, but for a few names that say where something is and open nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dagway._dagster.login import PASSWORD, USER
from dagway.platform.environment import Given, given
from dagway.platform.known import KNOWN, Known
from dagway.platform.load import LoadedPlatform
from dagway.platform.reads import Use, configured, uses

Source = Literal["environment", ".env", "default", "missing", "unset"]
#: Values of DAGWAY_DEMO that mean demo mode, as components have it: to import those would bring all of Dagster.
_DEMO = {"1", "true", "yes"}


@dataclass(frozen=True)
class Setting:
    """One variable here and now.

    Attributes:
        source: where the value comes from; `missing` if it is needed and nowhere, `unset` if nothing needs it.
        where: the file, for `.env`; the default, for `default`.
        value: only of names that open nothing; else empty.
        used_by: files that read it, relative to the platform's folder.
    """

    name: str
    what: str
    source: Source
    where: str = ""
    value: str = ""
    used_by: tuple[str, ...] = ()

    @property
    def lack(self) -> str:
        """That it is missing, and who reads it."""
        used = f", which {', '.join(self.used_by)} reads" if self.used_by else f" ({self.what})"
        return f"{self.name} is not set{used}."

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return dict(vars(self))


def settings(
    platform: LoadedPlatform, roots: Sequence[Path], environment: Mapping[str, str]
) -> tuple[Setting, ...]:
    """Every variable: those known here first, then the project's own by name.

    Args:
        roots: the folders of the code locations.
        environment: that of this process.
    """
    folders = list(dict.fromkeys([platform.root, *roots]))
    places = {folder: given(platform, environment, folder) for folder in folders}
    found: dict[str, list[Use]] = {}
    for use in (*configured(platform), *(use for root in roots for use in uses(root, platform.root))):
        found.setdefault(use.name, []).append(use)
    known = {one.name: one for one in KNOWN}
    others = sorted(found.keys() - known.keys())
    all_settings = (
        (one, _setting(one, platform, found.get(one.name, []), places))
        for one in (*KNOWN, *(Known(name, "read by the project") for name in others))
    )
    return tuple(setting for one, setting in all_settings if not one.seldom or setting.source != "unset")


def _setting(
    known: Known,
    platform: LoadedPlatform,
    found: Sequence[Use],
    places: Mapping[Path, Mapping[str, Given]],
) -> Setting:
    """The variable as those have it who read it: each location has its own `.env`."""
    used_by = tuple(dict.fromkeys(use.file for use in found if use.file))

    def told(source: Source, where: str = "", value: str = "") -> Setting:
        return Setting(known.name, known.what, source, where, value if known.shown else "", used_by)

    def at(folder: Path) -> Given | None:
        one = places[folder].get(known.name)
        return one if one is not None and one.value else None

    is_asked = platform.config.webserver.login == "password" and known.name in {USER, PASSWORD}
    needed_at = [
        *([platform.root] if is_asked else []),
        *(use.root for use in found if _is_needed(use, places[use.root])),
    ]
    if any(at(folder) is None for folder in needed_at):
        return told("missing")
    for folder in dict.fromkeys([*needed_at, *(use.root for use in found)]) or places:
        if one := at(folder):
            return told(".env" if one.where else "environment", str(one.where or ""), one.value)
    return told("default", known.default) if known.default else told("unset")


def _is_needed(use: Use, variables: Mapping[str, Given]) -> bool:
    demo = variables.get("DAGWAY_DEMO")
    is_demo = demo is not None and demo.value.strip().lower() in _DEMO
    return use.is_needed and not (use.demo_does_without and is_demo)
