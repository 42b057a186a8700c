from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile, keyword

TIMED = (
    "HourlyPartitionsDefinition",
    "DailyPartitionsDefinition",
    "WeeklyPartitionsDefinition",
    "MonthlyPartitionsDefinition",
    "TimeWindowPartitionsDefinition",
    "hourly_partitioned_config",
    "daily_partitioned_config",
    "weekly_partitioned_config",
    "monthly_partitioned_config",
)
NOW = {
    "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow", "datetime.date.today",
    "time.time", "time.strftime", "pendulum.now", "pendulum.today", "pendulum.yesterday", "pandas.Timestamp.now",
    "pandas.Timestamp.today", "pandas.Timestamp.utcnow", "arrow.now", "arrow.utcnow",
}  # fmt: skip


@rule("partition-start-dynamic", severity="warning", mentions=("PartitionsDefinition", "partitioned_config"))
def check(file: PythonFile) -> Iterable[Problem]:
    """Partitions begin at a date that moves.

    What
        A time-based partitions definition, or a configuration by such partitions, whose start is computed from the current time.

    Why
        The start moves each time the definitions load: partitions that were materialized yesterday are gone today, their
        history cannot be seen or filled again, and what a run sees depends on when its process started.

    Broken
        from datetime import datetime, timedelta

        import dagster as dg

        daily = dg.DailyPartitionsDefinition(start_date=datetime.now() - timedelta(days=30))

    Right
        import dagster as dg

        daily = dg.DailyPartitionsDefinition(start_date="2024-01-01")

    Source
        `DailyPartitionsDefinition(start_date="2024-01-01")`, the platform's daily partitions.
    """
    for call, name in file.calls(*TIMED):
        start = keyword(call, "start_date") or keyword(call, "start") or (call.args[0] if call.args else None)
        if start and (moving := _now(file, start)):
            yield file.problem(
                start,
                f"the start of {name} is computed from {moving}",
                'Write a fixed date, such as start_date="2024-01-01"',
            )


def _now(file: PythonFile, node: ast.expr, depth: int = 0) -> str:
    """The call of the current time that an expression holds, also through names."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and (dotted := file.resolve(inner.func)) in NOW:
            return f"{dotted}()"
        if isinstance(inner, ast.Name) and depth < 5:
            meant = file.expression(inner)
            if meant is not inner and (found := _now(file, meant, depth + 1)):
                return found
    return ""
