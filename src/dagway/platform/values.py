"""Values of `platform.yaml` that a variable may give: `{{ env('NAME', 'default') }}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dagway.blueprint.model.texts import ENV_CALL
from dagway.errors import DagwayError


@dataclass(frozen=True)
class Reference:
    """A value that is a variable's; `default` is None where it must be set."""

    variable: str
    default: str | None


def reference(text: str) -> Reference | None:
    """The variable that the whole text stands for; None where it is a plain text."""
    match = ENV_CALL.fullmatch(text.strip())
    return Reference(match[1], match[2]) if match else None


def resolved(text: str, environment: Mapping[str, str], what: str) -> str:
    """The value itself.

    Raises:
        DagwayError: its variable is not set and has no default.
    """
    named = reference(text)
    if named is None:
        return text
    value = environment.get(named.variable) or named.default
    if value is None:
        raise DagwayError(
            f"{what} is to come from {named.variable}, which is not set.",
            f"Set {named.variable}, for example in .env; `dagway env` lists what is missing.",
        )
    return value
