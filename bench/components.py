"""What our components cost to load: as many of ours beside Dagster's own SQL components."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.component_project import DAGSTERS, OURS, write
from bench.page import Row, at_most_times
from bench.timing import Contestant, race

COMPONENTS = 1000
ROOT = Path(__file__).parents[1]


def measure(scratch: Path, rounds: int, count: int = COMPONENTS) -> Iterator[Row]:
    """Every row of the section."""
    contestants = [
        loading("`SqlModel`", write(scratch, "ours", OURS, count), count),
        loading("`dagster.TemplatedSqlComponent`", write(scratch, "theirs", DAGSTERS, count), count),
    ]
    yield Row(
        f"loading {count:,} YAML components", at_most_times(1.2, "Dagster's"), race(contestants, rounds)
    )


def loading(name: str, project: Path, count: int) -> Contestant:
    """Load a project in a process of its own; imports are not counted."""
    command = [sys.executable, "-m", "bench.component_project", str(project)]
    return Contestant(name, command, ROOT, measured=lambda printed: seconds(printed, count))


def seconds(printed: str, count: int) -> float:
    """The seconds that a load prints, once it has every asset."""
    assets, taken = re.findall(r"(\d+) assets, ([\d.]+) s", printed)[-1]
    if int(assets) != count:
        raise ValueError(f"{assets} assets instead of {count}")
    return float(taken)
