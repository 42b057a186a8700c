"""Partitions from their attributes, and the rows that belong to the partitions of a run."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import dagster as dg

from dagway.blueprint.offsets import offsets
from dagway.errors import DagwayError

_TIME = {
    "hourly": (dg.HourlyPartitionsDefinition, "%Y-%m-%d-%H:%M"),
    "daily": (dg.DailyPartitionsDefinition, "%Y-%m-%d"),
    "weekly": (dg.WeeklyPartitionsDefinition, "%Y-%m-%d"),
    "monthly": (dg.MonthlyPartitionsDefinition, "%Y-%m-%d"),
}
KINDS = (*_TIME, "static", "dynamic")


@dataclass(frozen=True)
class Part:
    """What a run replaces: a time window, its end not included, or the partitions' names."""

    column: str
    window: tuple[dt.datetime, dt.datetime] | None = None
    names: tuple[str, ...] = ()


def definition(attributes: Mapping[str, Any] | None, timezone: str) -> dg.PartitionsDefinition[str] | None:
    """Dagster's partitions for the blueprint's; None for none.

    Raises:
        DagwayError: not exactly one kind, or a date that is none.
    """
    given = {name: value for name, value in (attributes or {}).items() if value is not None}
    if not given:
        return None
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        raise DagwayError(f"partitions: {', '.join(kinds) or 'no kind'}.", f"Give one of {', '.join(KINDS)}.")
    kind, value = kinds[0], given[kinds[0]]
    if kind == "static":
        return dg.StaticPartitionsDefinition([str(name) for name in value])
    if kind == "dynamic":
        return dg.DynamicPartitionsDefinition(name=str(value))
    return _time(kind, value, given.get("end"), timezone)


def _time(kind: str, start: Any, end: Any, timezone: str) -> dg.PartitionsDefinition[str]:
    cls, form = cast("tuple[Any, str]", _TIME[kind])  # each kind takes its own offsets
    first, last = _moment(kind, start), None if end is None else _moment(kind, end)
    return cls(
        start_date=first.strftime(form),
        end_date=last and last.strftime(form),
        timezone=timezone,
        fmt=form,
        **offsets(kind, first),
    )


def _moment(kind: str, value: Any) -> dt.datetime:
    written = str(value).replace(" ", "-", 1) if kind == "hourly" else str(value)
    for form in ("%Y-%m-%d", "%Y-%m-%d-%H:%M", "%Y-%m-%d-%H:%M:%S"):
        try:
            return dt.datetime.strptime(written, form)  # noqa: DTZ007  the time zone is the partitions'
        except ValueError:
            continue
    raise DagwayError(f"partitions: {kind}: {str(value)!r} is no date.", "Write 2024-01-01.")


def backfill_policy(partitions: dg.PartitionsDefinition[str] | None) -> dg.BackfillPolicy | None:
    """A range of time partitions runs in one run: one pass over the source, one transaction."""
    time = isinstance(partitions, dg.TimeWindowPartitionsDefinition)
    return dg.BackfillPolicy.single_run() if time else None


def of_run(context: dg.AssetExecutionContext, incremental: Mapping[str, Any] | None) -> Part | None:
    """What this run replaces; None for the whole table."""
    if incremental is None or (not context.has_partition_key and not context.has_partition_key_range):
        return None
    column = str(incremental["column"])
    if isinstance(context.assets_def.partitions_def, dg.TimeWindowPartitionsDefinition):
        window = context.partition_time_window
        return Part(column, window=(window.start, window.end))
    return Part(column, names=tuple(context.partition_keys))


def of_key(partitions: dg.PartitionsDefinition[Any], name: str, column: str) -> Part:
    """One partition by its name."""
    if isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        window = partitions.time_window_for_partition_key(name)
        return Part(column, window=(window.start, window.end))
    return Part(column, names=(name,))


def condition(part: Part, kind: str, column: str) -> str:
    """The part as a condition on an already quoted column.

    `kind` is the column's: `text`, `aware` (a time with a zone) or `naive`; a naive time is the partitions' wall clock.
    """
    if part.window is None:
        return f"cast({column} as varchar) in ({', '.join(_names(part.names))})"
    start, end = (_literal(moment, kind) for moment in part.window)
    compared = f"cast({column} as timestamp)" if kind == "text" else column
    return f"{compared} >= {start} and {compared} < {end}"


def _names(names: Sequence[str]) -> list[str]:
    return ["'" + name.replace("'", "''") + "'" for name in names]


def _literal(moment: dt.datetime, kind: str) -> str:
    if kind == "aware":
        return f"cast('{moment.isoformat(sep=' ')}' as timestamp with time zone)"
    return f"timestamp '{moment.replace(tzinfo=None).isoformat(sep=' ')}'"


def kind_of_type(name: str) -> str:
    """Which kind of column a type's name means, in any dialect."""
    lowered = name.lower()
    if any(
        word in lowered for word in ("with time zone", "timestamptz", "timestamp_tz", "timestamp_ltz", "tz=")
    ):
        return "aware"
    if any(word in lowered for word in ("char", "text", "string", "varchar")):
        return "text"
    return "naive"
