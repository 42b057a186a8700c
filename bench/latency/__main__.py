"""`python -m bench.latency [--rows …] [--peers …] [--storage …] [--minutes N]`: Dagway beside its peers.

Measures what is named, everything if nothing is, and writes `docs/latency.md` from this and earlier sessions' results. A
peer that cannot be installed or started is skipped by name, with the reason, which the page gives; so is a row by `--skip`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.latency.airflow_peer import airflow_peer
from bench.latency.dagster_peers import WAYS, dagster_peers
from bench.latency.environments import (
    CACHE,
    ROOT,
    UnavailableError,
    installed_dagster,
    lowest_dagster,
)
from bench.latency.page import page
from bench.latency.prefect_peer import prefect_peer
from bench.latency.race import Race
from bench.latency.results import NOBODY, Result, keep
from bench.latency.rows import GROUPS, Limits
from bench.latency.sessions import Budget, Session, sessions, skipped
from bench.latency.storage import POSTGRES, SQLITE, storage_of
from bench.latency.workloads import Peer

PAGE = ROOT / "docs" / "latency.md"
RESULTS = CACHE / "latency.json"
OTHERS = {"prefect": ("Prefect 3", prefect_peer), "airflow": ("Airflow 3, LocalExecutor", airflow_peer)}


def main(words: Sequence[str]) -> int:
    """Measure and write the page; 1 where something of Dagway's own failed."""
    options = arguments(words)
    groups = [group for group in options.rows if group not in options.skip]
    planned = sessions(options.dagster, options.storage, groups)
    budget = Budget(options.minutes * 60, sum(len(each.groups) for each in planned), time.monotonic)
    for each in sessions(options.dagster, options.storage, list(options.skip)):
        for group in each.groups:
            _leave_out(each, [group], f"skipped: {options.skip[group]}")
    failed = 0
    for session in planned:
        with tempfile.TemporaryDirectory(prefix="dagway-latency-") as scratch:
            try:
                failed += measured(options, session, budget, Path(scratch))
            except (RuntimeError, OSError) as error:
                _leave_out(session, session.groups, f"not measured: {_short(error)}")
                failed += not isinstance(error, UnavailableError)
    print(f"Wrote {PAGE.relative_to(ROOT)}")
    return int(failed > 0)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What is to be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency")
    named = parser.add_argument
    named("--rows", nargs="+", choices=GROUPS, default=list(GROUPS), metavar="ROW", help=", ".join(GROUPS))
    named("--skip", action="append", default=[], metavar="ROW=REASON", help="leave a row out, and say why")
    peers = [*WAYS, *OTHERS]
    named("--peers", nargs="+", choices=peers, default=peers, metavar="PEER", help=", ".join(peers))
    named("--storage", nargs="+", choices=[SQLITE, POSTGRES], default=[SQLITE, POSTGRES])
    named("--rounds", type=int, default=5, help="rows that take long make fewer")
    named(
        "--dagster",
        nargs="+",
        default=[installed_dagster(), lowest_dagster()],
        metavar="VERSION",
        help="the first with every row, others with a few; the installed and the lowest if none is named",
    )
    named("--runs", type=int, default=1000, help="of the row of many runs")
    named("--seconds", type=float, default=120, help="after which the row of many runs ends")
    named("--minutes", type=float, default=120, help="for all of it; what is not measured then is named")
    options = parser.parse_args(words)
    try:
        options.skip = skipped(options.skip, GROUPS)
    except ValueError as error:
        parser.error(f"--skip: {error}")
    return options


def measured(options: argparse.Namespace, session: Session, budget: Budget, scratch: Path) -> int:
    """Measure one session; how many of Dagway's own measurements failed."""
    failed = 0
    limits = Limits(options.runs, options.seconds)
    with ExitStack() as stack:
        missing: dict[str, str] = {}
        peers = list(_up(stack, options.peers, session, scratch, missing))
        for name in session.groups:
            race = Race(GROUPS[name], limits, options.rounds, budget.next())
            race.run(peers)
            failed += WAYS["dagway"].name in race.failed
            reasons = {**missing, **race.failed}
            _keep(
                Result(
                    row,
                    session.storage,
                    session.dagster,
                    peer,
                    race.values.get((row, peer), ()),
                    reasons.get(peer, ""),
                )
                for row in GROUPS[name].rows
                for peer in [*(peer.name for peer in peers), *missing]
            )
    return failed


def _leave_out(session: Session, groups: Sequence[str], reason: str) -> None:
    print(f"{session.storage}, {', '.join(groups)}: {reason}", file=sys.stderr, flush=True)
    rows = [row for group in groups for row in GROUPS[group].rows]
    _keep(Result(row, session.storage, session.dagster, NOBODY, (), reason) for row in rows)


def _short(error: Exception) -> str:
    """What began and what ended it: a log's last words say why."""
    words = " ".join(str(error).split())
    return words if len(words) <= 300 else f"{words[:80]} … {words[-220:]}"


def _keep(fresh: Iterator[Result]) -> None:
    PAGE.write_text(page(keep(RESULTS, list(fresh))), encoding="utf-8")


def _up(
    stack: ExitStack, names: Sequence[str], session: Session, scratch: Path, missing: dict[str, str]
) -> Iterator[Peer]:
    """The peers that could be started; why not, of the others."""
    ways = [WAYS[name] for name in names if name in WAYS]
    folder = scratch / "dagster"
    folder.mkdir()
    own = stack.enter_context(storage_of(session.storage))
    yield from stack.enter_context(
        dagster_peers(ways, session.dagster, own, folder, small=not session.large, large=session.large)
    )
    for name in [name for name in names if name in OTHERS and session.others]:
        title, start = OTHERS[name]
        folder = scratch / name
        folder.mkdir()
        try:
            yield stack.enter_context(start(stack.enter_context(storage_of(session.storage)), folder))
        except (RuntimeError, OSError) as error:
            missing[title] = f"skipped: {_short(error)}"
            print(f"{title} is skipped: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
