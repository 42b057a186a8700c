"""What depends on the environment that a project runs in, by one configuration: `environments` and `regions` of platform.yaml.

    from dagway.env import get_database_for_environment, get_schema_for_environment

`DAGWAY_ENVIRONMENT` and `DAGWAY_REGION` say where a process runs. `DAGWAY_DATABASE` and `DAGWAY_SCHEMA` go before the file.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from dagway.components.environment import current
from dagway.errors import DagwayError
from dagway.platform.load import FILE, PROFILE, find
from dagway.platform.model import PlatformConfig
from dagway.platform.naming import Naming, Surroundings, naming

__all__ = [
    "get_database_for_environment",
    "get_environment",
    "get_region",
    "get_schema_for_environment",
]
#: Where the platform's file is; `dagway up` sets it. Else it is looked for above the working directory.
PLATFORM = "DAGWAY_PLATFORM"


def get_environment() -> str:
    """`demo`, the name that `DAGWAY_ENVIRONMENT` gives, or `default`."""
    return current()


def get_region() -> str:
    """The name that `DAGWAY_REGION` gives; empty for none."""
    return os.environ.get("DAGWAY_REGION", "")


def get_database_for_environment(default: str | None = None) -> str:
    """The database that this environment writes to.

    Args:
        default: where neither platform.yaml nor a variable names one.

    Raises:
        DagwayError: nothing names one, or platform.yaml does not know the environment or the region.
    """
    found = _naming().database or default
    if not found:
        raise DagwayError(
            f"No database is named for the environment {get_environment()!r}.",
            f"Write `environments: {{{get_environment()}: {{database: …}}}}` in platform.yaml, or set DAGWAY_DATABASE.",
        )
    return found


def get_schema_for_environment(schema: str) -> str:
    """The schema that this environment writes to, where production writes to `schema`.

    Raises:
        DagwayError: platform.yaml does not know the environment or the region, or the schema is a user's own, who has no name.
    """
    found, here = _naming(), _here()
    return found.schema_of(schema, replace(here, user=_user(found.schema)) if found.asks_for_user else here)


def _here() -> Surroundings:
    return Surroundings(get_environment(), get_region())


def _user(pattern: str) -> str:
    """Its name; a container may have a number that none belongs to."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise DagwayError(
            f"The schema's pattern {pattern!r} asks for {{user}}, and user {os.getuid()} has no name here.",
            "Set USER to a name, or write a pattern without {user} for this environment.",
        ) from None


def _naming() -> Naming:
    path = _platform()
    profile = os.environ.get(PROFILE) or None
    config = _config(path, profile, path.stat().st_mtime_ns) if path else PlatformConfig(platform=1)
    return naming(config, _here(), os.environ)


@lru_cache(maxsize=4)
def _config(path: Path, profile: str | None, _changed: int) -> PlatformConfig:
    """A file is read again when it has changed: an image of the definitions lives long."""
    return find(path, profile).config


def _platform() -> Path | None:
    named = os.environ.get(PLATFORM)
    if named:
        return Path(named)
    here = Path.cwd()
    return next((folder / FILE for folder in (here, *here.parents) if (folder / FILE).is_file()), None)
