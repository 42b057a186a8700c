"""The checker: its static rules beside ruff, its loaded rules beside loading, all of it beside `dg check defs`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import bouncer
from bench.page import Goal, Row, at_most, at_most_times
from bench.pipelines import Size, of_assets, write
from bench.timing import Contestant, Figure, race

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
DAGWAY = str(Path(sys.executable).with_name("dagway"))
DG = str(Path(sys.executable).with_name("dg"))
RUFF = str(Path(sys.executable).with_name("ruff"))
FILES = Size(python=1000, sql=500, yaml=500)
#: Nothing to report, or findings.
CHECKED = frozenset({0, 1})


def measure(scratch: Path, rounds: int) -> Iterator[Row]:
    """Every row of the section."""
    files = write(scratch / "files", FILES)
    yield static(files, scratch / "cold", rounds)
    yield unchanged(files, scratch / "known", rounds)
    for assets in (100, 1000):
        yield whole(write(scratch / f"project_{assets}", of_assets(assets)), scratch, rounds, assets)
    yield loaded(scratch, rounds)
    yield saving(files, "text", "2,000 files", rounds)
    yield saving(scratch / "project_100", "definitions", "100 assets", rounds)
    yield from bouncer.rows(scratch, rounds)


def static(files: Path, cache: Path, rounds: int) -> Row:
    """Every file read for the first time."""
    ours = Contestant(
        "`dagway check --no-load`",
        [DAGWAY, "check", "--no-load", "--statistics"],
        files,
        lambda: shutil.rmtree(cache, ignore_errors=True),
        {"XDG_CACHE_HOME": str(cache)},
        statuses=CHECKED,
    )
    return Row("static rules, 2,000 files, cold", at_most(3), race([ours, ruff(files, "--no-cache")], rounds))


def unchanged(files: Path, cache: Path, rounds: int) -> Row:
    """The second look at files that did not change: the first is the race's warm-up."""
    ours = Contestant(
        "`dagway check --no-load`",
        [DAGWAY, "check", "--no-load", "--statistics"],
        files,
        environment={"XDG_CACHE_HOME": str(cache)},
        statuses=CHECKED,
    )
    theirs = ruff(files, "--cache-dir", str(cache / "ruff"))
    return Row("static rules, nothing changed", at_most(0.5), race([ours, theirs], rounds))


def ruff(files: Path, *options: str) -> Contestant:
    """What a linter in Rust needs for the Python files: what is possible."""
    return Contestant(
        "`ruff check`, its default rules", [RUFF, "check", "--quiet", *options], files, statuses=CHECKED
    )


def whole(project: Path, scratch: Path, rounds: int, assets: int) -> Row:
    """All rules on a project of which nothing is known, and dg's own check of it."""
    cache = scratch / f"cache_{assets}"
    contestants = [
        Contestant(
            "`dagway check`",
            [DAGWAY, "check", "--preset", "strict", "--statistics"],
            project,
            lambda: shutil.rmtree(cache, ignore_errors=True),
            {"XDG_CACHE_HOME": str(cache)},
            statuses=CHECKED,
        ),
        Contestant("`dg check defs`", [DG, "check", "defs"], project),
    ]
    return Row(f"whole check, {assets:,} assets", at_most_times(0.8, "`dg`"), race(contestants, rounds))


def loaded(scratch: Path, rounds: int, sizes: Sequence[int] = (1000, 20000, 2000)) -> Row:
    """What the checker does beyond loading: definitions read into values, values handed over, rules run on them."""
    contestants = [
        Contestant(
            f"{assets:,} assets",
            [PYTHON, "-m", "bench.beyond", str(project(scratch, assets))],
            ROOT,
            measured=beyond,
        )
        for assets in sizes
    ]
    return Row("loaded rules beyond loading", linear(0.3, 10), race(contestants, rounds))


def project(scratch: Path, assets: int) -> Path:
    """The project of so many assets, written if it is not there."""
    folder = scratch / f"project_{assets}"
    return folder if folder.exists() else write(folder, of_assets(assets))


def linear(seconds: float, times: int) -> Goal:
    """The first at most so long; the second, so many times larger than the last, takes about as many times as long."""

    def reached(figures: Sequence[Figure]) -> bool:
        first, second, last = figures
        return first.median <= seconds and second.ratio(last) <= times * 1.2

    return Goal(f"at most {seconds:g} s, linear", reached)


def beyond(printed: str) -> float:
    """Seconds of `beyond loading: 0.123 s`."""
    return float(printed.rpartition(": ")[2].split()[0])


def saving(project: Path, part: str, size: str, rounds: int) -> Row:
    """From saving a file to the findings."""
    contestant = Contestant(
        "`dagway check --watch`", [PYTHON, "-m", "bench.saving", str(project), part], ROOT, measured=beyond
    )
    return Row(f"save → findings of {part}, {size}", at_most(0.5), race([contestant], rounds))
