"""Why a project's own code failed, in one line."""

from __future__ import annotations


def cause(error: BaseException) -> str:
    """The innermost cause with its type: Dagster wraps what schedules, sensors and conditions raise."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"
