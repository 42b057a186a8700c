"""`python -m bench.latency [--rows …] [--peers …] [--storage …] [--rounds N]`: Dagway beside its peers.

Measures what is named, everything if nothing is, and writes `docs/latency.md` from this and earlier sessions' results. A
peer that cannot be installed or started is skipped by name, with the reason, which the page gives.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.latency.airflow_peer import airflow_peer
from bench.latency.dagster_peers import WAYS, dagster_peers
from bench.latency.environments import CACHE, ROOT, installed_dagster
from bench.latency.page import page
from bench.latency.prefect_peer import prefect_peer
from bench.latency.results import Result, keep
from bench.latency.rows import GROUPS, Group, Limits
from bench.latency.storage import POSTGRES, SQLITE, storage_of
from bench.latency.workloads import Peer

PAGE = ROOT / "docs" / "latency.md"
RESULTS = CACHE / "latency.json"
OTHERS = {"prefect": ("Prefect 3", prefect_peer), "airflow": ("Airflow 3, LocalExecutor", airflow_peer)}


def main(words: Sequence[str]) -> int:
    """Measure and write the page; the exit status."""
    options = arguments(words)
    failed = 0
    for storage in options.storage:
        for large in {group == "large" for group in options.rows}:
            groups = [group for group in options.rows if (group == "large") == large]
            with tempfile.TemporaryDirectory(prefix="dagway-latency-") as scratch:
                try:
                    failed += measured(options, storage, groups, Path(scratch))
                except (RuntimeError, OSError) as error:
                    print(
                        f"{storage}, {', '.join(groups)}: nothing could be measured: {error}", file=sys.stderr
                    )
                    failed += 1
    print(f"Wrote {PAGE.relative_to(ROOT)}")
    return int(failed > 0)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What is to be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency")
    parser.add_argument(
        "--rows", nargs="+", choices=GROUPS, default=list(GROUPS), metavar="ROW", help=", ".join(GROUPS)
    )
    peers = [*WAYS, *OTHERS]
    parser.add_argument(
        "--peers", nargs="+", choices=peers, default=peers, metavar="PEER", help=", ".join(peers)
    )
    parser.add_argument("--storage", nargs="+", choices=[SQLITE, POSTGRES], default=[SQLITE, POSTGRES])
    parser.add_argument("--rounds", type=int, default=5, help="rows that take long make fewer")
    parser.add_argument(
        "--dagster", default=installed_dagster(), help="which version; the installed one if none is named"
    )
    parser.add_argument("--runs", type=int, default=1000, help="of the row of many runs")
    parser.add_argument("--seconds", type=float, default=120, help="after which the row of many runs ends")
    return parser.parse_args(words)


def measured(options: argparse.Namespace, storage: str, groups: Sequence[str], scratch: Path) -> int:
    """Measure these groups on one storage; how many of Dagway's own measurements failed."""
    failed = 0
    with ExitStack() as stack:
        missing: dict[str, str] = {}
        peers = list(_up(stack, options, storage, scratch, large=groups == ["large"], missing=missing))
        for name in groups:
            race = Race(GROUPS[name], options)
            race.run(peers)
            failed += WAYS["dagway"].name in race.failed
            reasons = {**missing, **race.failed}
            fresh = [
                Result(
                    row,
                    storage,
                    options.dagster,
                    peer,
                    race.values.get((row, peer), ()),
                    reasons.get(peer, ""),
                )
                for row in GROUPS[name].rows
                for peer in [*(peer.name for peer in peers), *missing]
            ]
            PAGE.write_text(page(keep(RESULTS, fresh)), encoding="utf-8")
    return failed


def _up(
    stack: ExitStack,
    options: argparse.Namespace,
    storage: str,
    scratch: Path,
    *,
    large: bool,
    missing: dict[str, str],
) -> Iterator[Peer]:
    """The peers that could be started; why not, of the others."""
    ways = [WAYS[name] for name in options.peers if name in WAYS]
    folder = scratch / "dagster"
    folder.mkdir()
    own = stack.enter_context(storage_of(storage))
    yield from stack.enter_context(
        dagster_peers(ways, options.dagster, own, folder, small=not large, large=large)
    )
    for name in [] if large else [name for name in options.peers if name in OTHERS]:
        title, start = OTHERS[name]
        folder = scratch / name
        folder.mkdir()
        try:
            yield stack.enter_context(start(stack.enter_context(storage_of(storage)), folder))
        except (RuntimeError, OSError) as error:
            missing[title] = f"skipped: {error}"
            print(f"{title} is skipped: {error}", file=sys.stderr, flush=True)


class Race:
    """Rounds of one group, each peer once a round, in turn. A peer that fails is out, with the reason."""

    def __init__(self, group: Group, options: argparse.Namespace) -> None:
        self._group, self._limits = group, Limits(options.runs, options.seconds)
        self._rounds = min(options.rounds, group.most_rounds)
        self.values: dict[tuple[str, str], list[float]] = {}
        self.failed: dict[str, str] = {}

    def run(self, peers: Sequence[Peer]) -> None:
        """All rounds, after one that does not count where the group has one."""
        for number in range(1 - self._group.warm_up, self._rounds + 1):
            for peer in peers:
                if peer.name not in self.failed:
                    self._take_part(peer, number)

    def _take_part(self, peer: Peer, number: int) -> None:
        which = f"round {number} of {self._rounds}" if number else "warm-up"
        try:
            measured = self._group.measure(peer, self._limits)
        except (RuntimeError, OSError) as error:
            rows = ", ".join(self._group.rows)
            self.failed[peer.name] = f"{rows} failed: {' '.join(str(error).split())[:300]}"
            print(f"{peer.name}, {which}: {self.failed[peer.name]}", file=sys.stderr, flush=True)
            return
        for row, value in measured.items():
            print(f"{row}, {peer.name}, {which}: {value:.2f}", flush=True)
            if number:
                self.values.setdefault((row, peer.name), []).append(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
