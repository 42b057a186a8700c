"""`python -m bench [ROUNDS]`: every published figure, side by side with its yardstick; writes `docs/benchmarks.md`.

Two measures of one comparison run in turn in the same session. Set-up is not timed, byte code is compiled before.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.timing import Contestant, Figure, race

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PYTHON = sys.executable
DAGWAY = str(Path(sys.executable).with_name("dagway"))
DG = str(Path(sys.executable).with_name("dg"))


@dataclass(frozen=True)
class Row:
    """One line of the page: what was measured, the goal in words, and the figures."""

    what: str
    goal: str
    figures: Sequence[Figure]


def main(rounds: int) -> None:
    """Measure everything and write the page."""
    with tempfile.TemporaryDirectory(prefix="dagway-bench-") as scratch:
        rows = [
            sales(Path(scratch), rounds),
            *thousand(Path(scratch), rounds),
        ]
    PAGE.write_text(page(rows, rounds), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}")


def sales(scratch: Path, rounds: int) -> Row:
    """The sales example from nothing to its evidence."""
    out = scratch / "sales"
    blueprint = ROOT / "examples" / "sales_analytics" / "blueprint.yaml"
    command = [DAGWAY, "prototype", str(blueprint), str(out), "--demo"]
    contestant = Contestant("dagway prototype --demo", command, scratch, lambda: remove(out))
    return told(Row("sales example, nothing → evidence", "at most 15 s", race([contestant], rounds)))


def thousand(scratch: Path, rounds: int) -> list[Row]:
    """Plan, build, list and prove a thousand small SQL assets; build half as many for the slope."""
    folders = {count: generated(scratch, count) for count in (500, 1000)}
    out = scratch / "out"
    plan = Contestant("dagway plan", [DAGWAY, "plan", "--json", str(folders[1000])], scratch)
    build = [
        Contestant(
            f"plan and build of {count}",
            [DAGWAY, "prototype", str(folders[count]), str(out), "--demo", "--no-verify"],
            scratch,
            lambda: remove(out),
        )
        for count in folders
    ]
    rows = [
        told(Row("plan of 1,000 assets", "at most 1 s", race([plan], rounds))),
        told(Row("plan and build", "1,000 in at most 5 s, linear", race(build, rounds))),
    ]
    listing = race(
        [
            Contestant("dagway list --json", [DAGWAY, "list", ".", "--json"], out),
            Contestant(
                "dg list defs --json", [DG, "list", "defs", "--json"], out, environment={"DAGWAY_DEMO": "1"}
            ),
        ],
        rounds,
    )
    rows.append(told(Row("listing 1,000 assets", "at most 0.6 × dg", listing)))
    statements = scratch / "statements.json"
    subprocess.run(
        [PYTHON, "-m", "bench.yardstick", "record", str(out), str(statements)], cwd=ROOT, check=True
    )
    proof = race(
        [
            Contestant(
                "the run that materializes, of `dagway verify --demo`",
                [DAGWAY, "verify", str(out), "--demo", "--json"],
                scratch,
                measured=lambda printed: float(json.loads(printed)["run"]["phases"]["materialize"]),
            ),
            Contestant(
                "DuckDB alone, the same statements",
                [PYTHON, "-m", "bench.yardstick", "replay", str(statements), str(scratch / "alone.duckdb")],
                ROOT,
                measured=lambda printed: float(printed.split()[-2]),
            ),
        ],
        rounds,
    )
    return [*rows, told(Row("1,000 assets in demo mode", "at most 3 ×", proof))]


def generated(scratch: Path, count: int) -> Path:
    """The blueprint of so many assets."""
    folder = scratch / f"thousand_{count}"
    script = ROOT / "examples" / "thousand" / "generate.py"
    subprocess.run([PYTHON, str(script), str(count), str(folder)], check=True)
    return folder / "blueprint.yaml"


def remove(folder: Path) -> None:
    """Away with an earlier round's output."""
    shutil.rmtree(folder, ignore_errors=True)


def told(row: Row) -> Row:
    """The row, after it was printed."""
    for figure in row.figures:
        print(f"{row.what}: {figure.name}: {figure.median:.2f} s", flush=True)
    return row


def page(rows: Sequence[Row], rounds: int) -> str:
    """The published page."""
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench`: medians of {rounds} rounds after one that does not count, whole processes from start to end,",
        "contestants of one line in turn. Repeat them on your machine; ratios travel better than seconds.",
        "",
        f"Python {platform.python_version()}, Dagster {version('dagster')}, DuckDB {version('duckdb')}, {os.cpu_count()} processors.",
        "",
        "| what | goal | measured | median | least to most | ratio to the last |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        last = row.figures[-1].median
        for figure in row.figures:
            spread = f"{min(figure.seconds):.2f} to {max(figure.seconds):.2f} s"
            ratio = f"{figure.median / last:.2f} ×" if len(row.figures) > 1 else ""
            lines.append(
                f"| {row.what} | {row.goal} | {figure.name} | {figure.median:.2f} s | {spread} | {ratio} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
