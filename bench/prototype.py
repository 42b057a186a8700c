"""Plan, build, list and prove: the sales example, and a thousand small SQL assets."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.page import Goal, Row, at_most, at_most_times
from bench.timing import Contestant, Figure, race

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
DAGWAY = str(Path(sys.executable).with_name("dagway"))
DG = str(Path(sys.executable).with_name("dg"))
#: A proof of a thousand assets takes over a minute: more rounds say little more.
MOST_PROOFS = 3
#: Seconds in which each of these rounds is made.
LONGEST_PROOFS = 600.0


def measure(scratch: Path, rounds: int) -> Iterator[Row]:
    """Every row of the section."""
    yield sales(scratch, rounds)
    yield from thousand(scratch, rounds)


def sales(scratch: Path, rounds: int) -> Row:
    """The sales example from nothing to its evidence."""
    out = scratch / "sales"
    blueprint = ROOT / "examples" / "sales_analytics" / "blueprint.yaml"
    command = [DAGWAY, "prototype", str(blueprint), str(out), "--demo"]
    contestant = Contestant("`dagway prototype --demo`", command, scratch, lambda: remove(out))
    return Row("sales example, nothing → evidence", at_most(15), race([contestant], rounds))


def thousand(scratch: Path, rounds: int, assets: int = 1000) -> Iterator[Row]:
    """Plan, build, list and prove so many small SQL assets; build half as many for the slope."""
    half, whole = (generated(scratch, count) for count in (assets // 2, assets))
    out = scratch / "out"
    plan = Contestant("`dagway plan`", [DAGWAY, "plan", "--json", str(whole)], scratch)
    yield Row(f"plan of {assets:,} assets", at_most(1), race([plan], rounds))
    build = [building(whole, out, assets), building(half, out, assets // 2)]
    yield Row("plan and build", linear(5), race(build, rounds))
    # The half came last: prove and list the whole.
    subprocess.run(building(whole, out, assets).command, check=True, capture_output=True)
    yield listing(out, rounds, assets)
    yield proof(scratch, out, min(rounds, MOST_PROOFS), assets)


def building(blueprint: Path, out: Path, count: int) -> Contestant:
    """Plan and build, without the proof."""
    command = [DAGWAY, "prototype", str(blueprint), str(out), "--demo", "--no-verify"]
    return Contestant(f"{count:,} assets", command, out.parent, lambda: remove(out))


def linear(seconds: float) -> Goal:
    """So many seconds at most, and twice the assets take about twice the time."""

    def reached(figures: Sequence[Figure]) -> bool:
        return figures[0].median <= seconds and figures[0].ratio(figures[-1]) <= 2.2

    return Goal(f"at most {seconds:g} s, linear", reached)


def listing(out: Path, rounds: int, assets: int) -> Row:
    """Dagway's list and dg's, of one project."""
    contestants = [
        Contestant("`dagway list --json`", [DAGWAY, "list", ".", "--json"], out),
        Contestant(
            "`dg list defs --json`", [DG, "list", "defs", "--json"], out, environment={"DAGWAY_DEMO": "1"}
        ),
    ]
    return Row(f"listing {assets:,} assets", at_most_times(0.6, "`dg`"), race(contestants, rounds))


def proof(scratch: Path, out: Path, rounds: int, assets: int) -> Row:
    """The run that materializes everything, and DuckDB alone with the statements of that run."""
    statements = scratch / "statements.json"
    subprocess.run(
        [PYTHON, "-m", "bench.yardstick", "record", str(out), str(statements)], cwd=ROOT, check=True
    )
    contestants = [
        Contestant(
            "the run that materializes, of `dagway verify --demo`",
            [DAGWAY, "verify", str(out), "--demo", "--json"],
            scratch,
            measured=materializing,
        ),
        Contestant(
            "DuckDB alone, the same statements",
            [PYTHON, "-m", "bench.yardstick", "replay", str(statements), str(scratch / "alone.duckdb")],
            ROOT,
            measured=replayed,
        ),
    ]
    return Row(
        f"{assets:,} assets in demo mode",
        at_most_times(3, "DuckDB alone"),
        race(contestants, rounds, LONGEST_PROOFS),
    )


def materializing(printed: str) -> float:
    """Seconds of the phase that materializes, its event log written, from the evidence."""
    return float(json.loads(printed)["run"]["phases"]["materialize"])


def replayed(printed: str) -> float:
    """Seconds of `… statements in 1.234 s`."""
    return float(printed.split()[-2])


def generated(scratch: Path, count: int) -> Path:
    """The blueprint of so many assets."""
    folder = scratch / f"generated_{count}"
    script = ROOT / "examples" / "thousand" / "generate.py"
    subprocess.run([PYTHON, str(script), str(count), str(folder)], check=True)
    return folder / "blueprint.yaml"


def remove(folder: Path) -> None:
    """Away with an earlier round's output."""
    shutil.rmtree(folder, ignore_errors=True)
