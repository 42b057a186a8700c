"""`docs/latency.md`: one table a storage and version of Dagster, a line a figure, a column a peer."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence

from bench.latency.results import NOBODY, Result
from bench.latency.rows import ROWS, Row

BASE = "stock: spawn"
INTRODUCTION = """\
# Latency

`make bench-latency` writes this page. Assets and tasks do nothing: what is left is what starting them costs. Everything is launched
through the peer's own server (Dagster's and Dagway's through GraphQL on Dagster's webserver), and times are those of the events that
the server keeps: first step from the request to the first step's start, end from the request to the run's success. Within one line
all peers ran in one session, in turn, round by round, each with its own servers and its own empty database; medians. Ratios travel
better than seconds.

- *stock: spawn* is what Dagster does where nothing is configured. *stock: forkserver* is the `start_method` of its multiprocess
  executor, *stock: in process* its in-process executor, which gives up a process a step. Both still start a cold process a run.
- Dagster's own processes are installed without Dagway, which would cost them imports; dbt only where a line says so.
- The run coordinator is the one without a queue, on both sides.
- Prefect 3 runs tasks in the flow's own process. Its runner asks for work every second, the shortest it takes (as shipped: every ten).
- Airflow 3 runs each task in a process of its own (LocalExecutor), with its settings as shipped.
- Memory is Pss: what is shared with other processes counts by shares. For Prefect and in process it is that of the run's process.
"""


def page(results: Sequence[Result]) -> str:
    """The page's text."""
    sections = sorted({(result.dagster, result.storage) for result in results}, reverse=True)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} processors."
    return "\n".join(
        [INTRODUCTION, machine, "", *(_section(dagster, storage, results) for dagster, storage in sections)]
    )


def _section(dagster: str, storage: str, results: Sequence[Result]) -> str:
    mine = [result for result in results if (result.dagster, result.storage) == (dagster, storage)]
    peers = list(dict.fromkeys(result.peer for result in mine if result.peer != NOBODY))
    places = {(result.row, result.peer): result for result in mine}
    lines = [
        _line(name, row, peers, places)
        for name, row in ROWS.items()
        if any(result.row == name for result in mine)
    ]
    notes = [
        f"- {note}"
        for note in dict.fromkeys(
            f"{result.peer or ROWS[result.row].title}: {result.note}" for result in mine if result.note
        )
    ]
    head = ["", "goal", *peers, "Dagway to stock"]
    table = [_cells(head), _cells(["---"] * len(head)), *lines]
    return "\n".join([f"## Dagster {dagster}, {storage}", "", *table, "", *notes, ""])


def _line(name: str, row: Row, peers: Sequence[str], places: Mapping[tuple[str, str], Result]) -> str:
    found = [places.get((name, peer)) for peer in peers]
    cells = [_value(result, row) for result in found]
    return _cells([f"{row.title} ({row.unit})", row.goal, *cells, _ratio(name, row, places)])


def _value(result: Result | None, row: Row) -> str:
    if result is None or not result.values:
        return "–"
    spread = (
        f" ({_number(min(result.values))} to {_number(max(result.values))})" if len(result.values) > 1 else ""
    )
    return f"{_number(result.median)}{spread}"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _ratio(name: str, row: Row, places: Mapping[tuple[str, str], Result]) -> str:
    ours, stock = places.get((name, "Dagway")), places.get((name, BASE))
    if not (ours and stock and ours.values and stock.values):
        return ""
    ratio = ours.median / stock.median if row.more_is_better else stock.median / ours.median
    return f"{ratio:.1f} × {'as many' if row.more_is_better else 'less'}"


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
