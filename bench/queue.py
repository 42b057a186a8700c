"""`python -m bench.queue [--runs 500] [--minutes 20] [--only NAME]`: many runs queued at once, on `dagway up` and on `dagster dev`.

The same project of one asset on both, each with its own defaults and at most ten runs at a time. Every run is launched through the
webserver, as fast as it takes them. Times are those that Dagster keeps of each run: from its creation to its start, and the number that
succeeded between the first creation and the last end. What is not over after the minutes that are given is told with its status.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.latency.graphql import OVER, Webserver
from bench.latency.processes import Servers, eventually, free_port

RUNS, MINUTES = 500, 20.0
#: Runs under way, and launches at once.
MOST, LAUNCHES = 10, 4
JOB = "one"
PROJECT = """\
import dagster as dg


@dg.asset
def number() -> int:
    return 1


defs = dg.Definitions(assets=[number], jobs=[dg.define_asset_job("one", "*", executor_def=dg.in_process_executor)])
"""
_TIMES = """query ($after: String) { runsOrError(filter: {pipelineName: "one"}, cursor: $after, limit: 500) { ... on Runs { results {
  runId status creationTime startTime endTime } } } }"""
_PAUSE = 0.5


@dataclass(frozen=True)
class Contestant:
    """A command that ends in a webserver, and the files that it reads; `{port}` stands for its port."""

    name: str
    command: Sequence[str]
    files: Mapping[str, str]


def contestants() -> tuple[Contestant, ...]:
    """Ours and theirs."""
    python = sys.executable
    limit = f"telemetry: {{enabled: false}}\nconcurrency: {{runs: {{max_concurrent_runs: {MOST}}}}}\n"
    return (
        Contestant(
            "dagway up",
            (python, "-m", "dagway", "up", "--port", "{port}"),
            {"platform.yaml": f"platform: 1\nruns: {{most: {MOST}}}\n"},
        ),
        Contestant(
            "dagster dev",
            (python, "-m", "dagster", "dev", "-f", "definitions.py", "-p", "{port}"),
            {"home/dagster.yaml": limit},
        ),
    )


@dataclass(frozen=True)
class Run:
    """What Dagster keeps of one run, in seconds since the epoch; None for what was not."""

    status: str
    created: float
    started: float | None
    ended: float | None

    @property
    def waited(self) -> float | None:
        """Seconds in the queue and until its process said that it has started."""
        return None if self.started is None else self.started - self.created


@dataclass(frozen=True)
class Outcome:
    """All runs of one contestant, of which `asked` were launched."""

    asked: int
    runs: Sequence[Run]

    @property
    def done(self) -> Sequence[Run]:
        """Those that have succeeded."""
        return [run for run in self.runs if run.status == "SUCCESS"]

    def __str__(self) -> str:
        statuses = ", ".join(
            f"{number} {status}"
            for status, number in sorted(Counter(run.status for run in self.runs).items())
        )
        waited = sorted(run.waited for run in self.done if run.waited is not None)
        if len(waited) < 2:
            return f"{len(self.done)} of {self.asked} done ({statuses})"
        ends = [run.ended for run in self.done if run.ended is not None]
        minutes = (max(ends) - min(run.created for run in self.runs)) / 60
        return (
            f"{len(self.done)} of {self.asked} done ({statuses}), {len(self.done) / minutes:.0f} a minute;"
            f" queue → start p50 {statistics.median(waited):.1f} s, p95 {statistics.quantiles(waited, n=20, method='inclusive')[-1]:.1f} s"
        )


def measure(one: Contestant, runs: int, minutes: float, folder: Path) -> Outcome:
    """Launches, and looks until all are over or the time is."""
    (folder / "home").mkdir()
    for name, text in {"definitions.py": PROJECT, **one.files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    port = free_port()
    servers, webserver = Servers(folder / "logs"), Webserver(f"http://127.0.0.1:{port}")

    def location() -> str | None:
        try:
            return next(iter(webserver.locations()), None)
        except (OSError, RuntimeError, KeyError):
            return None

    environment = {} if one.name == "dagway up" else {"DAGSTER_HOME": str(folder / "home")}
    servers.start(one.name, [word.format(port=port) for word in one.command], environment, folder)
    try:
        name = eventually(location, f"{one.name}: {servers.said(one.name)}")
        deadline = time.monotonic() + minutes * 60
        with ThreadPoolExecutor(LAUNCHES) as pool:
            list(pool.map(webserver.launch, [name] * runs, [JOB] * runs))
        found = all_runs(webserver)
        while any(run.status not in OVER for run in found) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            found = all_runs(webserver)
        return Outcome(runs, found)
    finally:
        servers.stop()


def all_runs(webserver: Webserver) -> list[Run]:
    """Every run, by pages."""
    found: list[Run] = []
    after: str | None = None
    while True:
        page = webserver.ask(_TIMES, {"after": after})["runsOrError"]["results"]
        found += [Run(run["status"], run["creationTime"], run["startTime"], run["endTime"]) for run in page]
        if len(page) < 500:
            return found
        after = page[-1]["runId"]


def main() -> None:
    """Prints what each did."""
    parser = argparse.ArgumentParser(prog="python -m bench.queue")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for each, at most")
    parser.add_argument("--only", choices=[one.name for one in contestants()])
    options = parser.parse_args()
    for one in contestants():
        if options.only in {None, one.name}:
            with tempfile.TemporaryDirectory(prefix="dagway-bench-") as folder:
                print(
                    f"{one.name:<11} {measure(one, options.runs, options.minutes, Path(folder))}", flush=True
                )


if __name__ == "__main__":
    main()
