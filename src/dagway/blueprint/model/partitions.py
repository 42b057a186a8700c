"""How an asset is cut into parts, and which rows belong to one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from dagway.blueprint.dates import Day, DayOfEveryMonth, Hour, moment
from dagway.blueprint.model.check import ColumnName
from dagway.blueprint.model.part import Part
from dagway.blueprint.model.texts import Name

PartitionKind = Literal["hourly", "daily", "weekly", "monthly", "static", "dynamic"]
PARTITION_KINDS: tuple[PartitionKind, ...] = ("hourly", "daily", "weekly", "monthly", "static", "dynamic")


_RANGE = "..."
"""Stands between two parts where Dagster reads a range of them."""


def _checked_part(name: str) -> str:
    if _RANGE in name or any(ord(letter) < ord(" ") for letter in name):
        raise ValueError(f"the part {name[:80]!r} holds `...` or a control character; give it another name")
    return name


PartName = Annotated[str, AfterValidator(_checked_part)]


class Partitions(Part):
    """How an asset is cut into parts; exactly one of the kinds."""

    hourly: Hour | None = Field(default=None, description="First hour, `2024-01-01-00:00` or a date.")
    daily: Day | None = Field(default=None, description="First day, `2024-01-01`.")
    weekly: Day | None = Field(default=None, description="First week's day.")
    monthly: DayOfEveryMonth | None = Field(default=None, description="First month's day, 1 to 28.")
    static: tuple[PartName, ...] | None = Field(default=None, min_length=1, description="The parts by name.")
    dynamic: Name | None = Field(
        default=None, description="The name under which parts are added at run time."
    )
    end: Hour | None = Field(
        default=None, description="Where the parts end, not included; open-ended if left out."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in PARTITION_KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) + " stand together" if kinds else "no kind is given"
            raise ValueError(f"{found}; write one of {', '.join(PARTITION_KINDS)}")
        if self.end is not None and self.kind in {"static", "dynamic"}:
            raise ValueError(f"`end` beside `{self.kind}`, whose parts have no order; remove `end`")
        names = self.static or ()
        if repeated := [name for number, name in enumerate(names) if name in names[:number]]:
            raise ValueError(f"the part {repeated[0]!r} is named twice; write each name once")
        first = getattr(self, self.kind)
        if self.end is not None and moment(self.end) <= moment(first):
            raise ValueError(f"`end` {self.end} is not after {first}; write a later date, or leave `end` out")
        return self

    @property
    def kind(self) -> PartitionKind:
        """The one kind that is set."""
        return next(kind for kind in PARTITION_KINDS if getattr(self, kind) is not None)


class Incremental(Part):
    """Each partition replaces its own rows: the column says to which partition a row belongs."""

    column: ColumnName = Field(description="A date, time or text column.")
