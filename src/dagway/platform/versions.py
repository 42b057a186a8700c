"""The versions of a code location: the folder that is served now, the one before, and the one that platform.yaml names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError
from dagway.platform.git import git
from dagway.platform.home import PRIVATE_FOLDER, Home


@dataclass(frozen=True)
class Version:
    """One version; `commit` is empty where its folder is no checkout of git's."""

    folder: Path
    commit: str

    @classmethod
    def of(cls, folder: Path) -> Version:
        """That in a folder."""
        return cls(folder, git(folder, "rev-parse", "--short", "HEAD"))

    def __str__(self) -> str:
        return f"{self.folder} ({self.commit})" if self.commit else str(self.folder)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"folder": str(self.folder), "commit": self.commit}


@dataclass(frozen=True)
class Versions:
    """Those of one location, in links of the folder `folder`: they outlive the platform that is up."""

    folder: Path

    @classmethod
    def of(cls, home: Home, name: str) -> Versions:
        """Those of the location of that name."""
        return cls(home.locations / name)

    @property
    def link(self) -> Path:
        """What the location is served through."""
        return self.folder / "current"

    @property
    def current(self) -> Path | None:
        """The folder that is served, whether or not it is there; None before the platform was ever up."""
        return _read(self.link)

    @property
    def previous(self) -> Path | None:
        """The one that was served before."""
        return _read(self.folder / "previous")

    @property
    def is_deployed(self) -> bool:
        """Whether another folder is served than the one that platform.yaml names."""
        return self.current != _read(self.folder / "configured")

    def begin(self, configured: Path) -> str:
        """Makes the link where there is none, or where platform.yaml names another folder by now.

        Returns:
            what is to be told of it; empty for nothing.

        Raises:
            DagwayError: the folder that was deployed is gone.
        """
        configured = configured.resolve()
        current, known = self.current, _read(self.folder / "configured")
        if current is not None and known == configured:
            if current == configured:
                return ""
            if not current.is_dir():
                raise DagwayError(
                    f"{self.folder.name} is to be served from {current}, which was deployed last and is gone.",
                    f"Put it back; or remove {self.link}, and {configured} is served.",
                )
            return f"serves {Version.of(current)}, which was deployed in place of {configured}"
        self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        (self.folder / "previous").unlink(missing_ok=True)
        _write(self.folder / "configured", configured)
        _write(self.link, configured)
        return (
            f"serves {configured}, as platform.yaml says now; {current}, which was deployed, is not served any more"
            if current not in {None, known, configured}
            else ""
        )

    def switch(self, current: Path, previous: Path | None) -> None:
        """Serves `current` from the next load on. Whoever reads the link meanwhile finds one of the two folders."""
        if previous is None:
            (self.folder / "previous").unlink(missing_ok=True)
        else:
            _write(self.folder / "previous", previous)
        _write(self.link, current)


def deployed(home: Home) -> Mapping[str, Version]:
    """The version of each location that is served from another folder than platform.yaml names."""
    known = [Versions(folder) for folder in sorted(home.locations.glob("*"))]
    return {
        one.folder.name: Version.of(one.current)
        for one in known
        if one.is_deployed and one.current is not None
    }


def _read(link: Path) -> Path | None:
    try:
        return link.readlink()
    except OSError:
        return None


def _write(link: Path, folder: Path) -> None:
    """Raises DagwayError where it cannot be written."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(folder)
        fresh.replace(link)
    except OSError as error:
        raise DagwayError(
            f"{link} cannot be written: {error.strerror}.", "Free some space, or give yourself the right."
        ) from None
