"""`python -m bench [SUBJECT…] [--rounds N]`: published figures, side by side with their yardsticks.

Each subject writes its own section of `docs/benchmarks.md` as soon as it is done. Set-up is not timed, byte code is
compiled before. A subject that fails is reported, keeps its earlier section, and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import check, command, components, features, prototype, tables
from bench.page import Row, merged, section

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
ROUNDS = 5


@dataclass(frozen=True)
class Subject:
    """One section of the page; `measure` gets a scratch folder and the rounds, and yields each row when it has it."""

    title: str
    measure: Callable[[Path, int], Iterator[Row]]


SUBJECTS = {
    "command": Subject("Command line: start", command.measure),
    "prototype": Subject("Prototype: plan, build, list, prove", prototype.measure),
    "components": Subject("Components: loading", components.measure),
    "features": Subject("Features: materialization into Redis", features.measure),
    "check": Subject("Check: static rules, loaded rules, watch", check.measure),
    "tables": Subject("Tables: PostgreSQL into DuckDB and Parquet", tables.measure),
}


def main(words: Sequence[str], subjects: dict[str, Subject] = SUBJECTS, page: Path = PAGE) -> int:
    """Measure the subjects that are named, all if none is; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("subject", nargs="*", metavar="SUBJECT", help=f"any of {', '.join(subjects)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="a row that takes long may make fewer")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.subject) - set(subjects):
        parser.error(f"there is no subject {', '.join(sorted(unknown))}; there are {', '.join(subjects)}")
    chosen = [subjects[name] for name in arguments.subject] or list(subjects.values())
    return max(measured(subject, arguments.rounds, page) for subject in chosen)


def measured(subject: Subject, rounds: int, page: Path) -> int:
    """Measure one subject and write its section; 1 if it failed."""
    try:
        with tempfile.TemporaryDirectory(prefix="dagway-bench-") as scratch:
            rows = [told(row) for row in subject.measure(Path(scratch), rounds)]
    except RuntimeError as error:
        print(f"{subject.title}: {error}\nIts section of {page.name} stays as it was.", file=sys.stderr)
        return 1
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(merged(before, {subject.title: section(rows)}), encoding="utf-8")
    print(f"Wrote {page}")
    return 0


def told(row: Row) -> Row:
    """The row, after its medians were printed."""
    medians = ", ".join(f"{figure.name} {figure.median:.2f} s" for figure in row.figures)
    print(f"=> {row.what}: {medians}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
