"""What a user asks to be run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dagway.errors import DagwayError


@dataclass(frozen=True)
class Request:
    """A wish as it was written.

    Attributes:
        project: the project's path; absolute.
        select: asset selections, of which any may hold; of an op job, its op selections.
        job: a job's name; where it is empty, the selected assets are materialized.
        partition: a partition's key.
        partition_range: the first and the last key; an empty one stands for the first or the last that there is.
        config: run configuration.
        tags: tags of the runs.
        location: the code location, where the project has several.
        from_failure: the id of a run whose steps that are not done are run again; `last` for the last that failed.
    """

    project: str
    select: tuple[str, ...] = ()
    job: str = ""
    partition: str = ""
    partition_range: tuple[str, str] | None = None
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    location: str = ""
    from_failure: str = ""

    def selection(self) -> str:
        """The asset selections as one, in Dagster's grammar.

        Raises:
            DagwayError: one of them cannot be read.
        """
        parts = [_translated(part) for text in self.select for part in at_commas(text)]
        return parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Request:
        """The request that was written so."""
        values: dict[str, Any] = json.loads(line)
        values["select"] = tuple(values["select"])
        if values["partition_range"]:
            values["partition_range"] = tuple(values["partition_range"])
        return cls(**values)


def at_commas(text: str) -> list[str]:
    """A selection's parts between commas that stand in no quotes and no brackets, as `dg launch` reads them."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        depth += {"(": 1, ")": -1}.get(sign, 0) if not quote else 0
        if sign == "," and not quote and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _translated(text: str) -> str:
    # Its package imports Dagster, which the process that only shows a launch does without.
    from dagway.components.selection import translate

    try:
        return translate(text)
    except ValueError as error:
        raise DagwayError(
            f"The selection {text!r} cannot be read: {error}.",
            "Write it as Dagster does, for example 'group:staging' or '+key:orders'.",
        ) from None
