"""Dagster's own commands read the `.env` of the working directory, and let it go before the environment."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import dagster._cli.utils as commands
from dagster._cli.utils import _inject_local_env_file  # pyright: ignore[reportPrivateUsage]


def leave_alone() -> None:
    """From now on they do not, in this process: it has its variables already."""
    setattr(commands, _inject_local_env_file.__name__, _nothing)


@contextmanager
def _nothing(_logger: logging.Logger) -> Generator[None]:
    yield
