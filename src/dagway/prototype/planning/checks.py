"""The checks of an asset as plain data, named as the project will name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import BaseModel

from dagway.blueprint.checks import check_names, describe
from dagway.blueprint.model import Check
from dagway.prototype.model import PlannedCheck


def planned_checks(checks: Sequence[Check]) -> tuple[PlannedCheck, ...]:
    """The checks, in order, with names that differ."""
    return tuple(
        PlannedCheck(name, check.kind, _plain(check.value), check.severity, check.blocking, describe(check))
        for name, check in zip(check_names(checks), checks, strict=True)
    )


def is_declarative(check: PlannedCheck) -> bool:
    """Whether a component serves the check; a function of the user's needs none."""
    return check.kind != "python"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
