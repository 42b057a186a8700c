"""The published page: one section a subject, one table row a figure. Text in, text out."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from bench.timing import Figure

INTRODUCTION = """\
# Benchmarks

`make bench` measures every line anew and writes this page: medians of rounds after one that does not count, whole
processes from start to end unless a line says what it takes out of them, contestants of one line in turn. A ratio is the
median of the rounds' own ratios, to the last contestant of the line. Repeat them on your machine; ratios travel better
than seconds.
"""
HEAD = ("what", "goal", "measured", "median", "least to most", "ratio", "rounds")


@dataclass(frozen=True)
class Goal:
    """What is wanted, in words, and whether figures reach it."""

    words: str
    reached: Callable[[Sequence[Figure]], bool]


def at_most(seconds: float) -> Goal:
    """The first contestant's median is at most so many seconds."""
    return Goal(f"at most {seconds:g} s", lambda figures: figures[0].median <= seconds)


def at_most_times(ratio: float, whose: str) -> Goal:
    """The first contestant takes at most so many times as long as the last."""
    return Goal(f"at most {ratio:g} × {whose}", lambda figures: figures[0].ratio(figures[-1]) <= ratio)


@dataclass(frozen=True)
class Row:
    """One line of a section: what was measured, the goal, and the figures."""

    what: str
    goal: Goal
    figures: Sequence[Figure]


def section(rows: Sequence[Row]) -> str:
    """A subject's text: what it was measured with, and its table."""
    table = [line for row in rows for line in _lines(row)]
    return "\n".join(
        [
            f"Python {platform.python_version()}, Dagster {version('dagster')}, DuckDB {version('duckdb')}, "
            f"{os.cpu_count()} processors.",
            "",
            _cells(HEAD),
            _cells(["---"] * len(HEAD)),
            *table,
        ]
    )


def _lines(row: Row) -> list[str]:
    goal = row.goal.words if row.goal.reached(row.figures) else f"{row.goal.words}: **not reached**"
    lines: list[str] = []
    for figure in row.figures:
        first, last = figure is row.figures[0], figure is row.figures[-1]
        lines.append(
            _cells(
                [
                    row.what if first else "",
                    goal if first else "",
                    figure.name,
                    f"{figure.median:.2f} s",
                    f"{min(figure.seconds):.2f} to {max(figure.seconds):.2f} s",
                    "" if last else f"{figure.ratio(row.figures[-1]):.2f} ×",
                    str(len(figure.seconds)),
                ]
            )
        )
    return lines


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def merged(page: str, measured: Mapping[str, str]) -> str:
    """The page with these sections, by their title, in place of their earlier ones; others stay."""
    parts = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)
    sections = {title: text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}
    sections.update(measured)
    return INTRODUCTION + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())
