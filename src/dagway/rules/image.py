"""What the image of `warm` holds: importing this imports all that a loading process needs but the project itself."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dagway.rules.warm import PACKAGES

_NEEDED = (
    "dagster",
    "dagster.components",
    "dagway._dagster.component_loading",
    "dagway._dagster.repository",
    "dagway.project.load",
    "dagway.project.read",
    "dagway.rules.loader",
    "dotenv",
    "jinja2",
    "tomlkit",
)
#: A thread of this name knows of forks.
_FORKABLE = {"jemalloc_bg_thd"}


def _import(names: Iterable[str]) -> None:
    for name in names:
        # A path such as `pandas.DataFrame` imports pandas; what cannot be imported fails again in the load, with its line.
        with suppress(Exception):
            importlib.import_module(name)


def _exercise() -> None:
    """Dagster imports a part of itself, and compiles its patterns, only when it first meets what they are for."""
    from dagway.rules.sample import load_sample

    # A Dagster that cannot load the sample has the more left to do in each load.
    with suppress(Exception):
        load_sample()


def is_forkable() -> bool:
    """Whether no thread runs here that a forked process would miss."""
    tasks = Path("/proc/self/task")
    names = [(task / "comm").read_text().strip() for task in tasks.iterdir()] if tasks.is_dir() else []
    return len([name for name in names if name not in _FORKABLE]) == 1


_import((*_NEEDED, *os.environ.pop(PACKAGES, "").split(",")))
_exercise()
# What is here now stays: a forked process need not look through it for garbage, which would copy it.
gc.freeze()
FORKABLE = is_forkable()
