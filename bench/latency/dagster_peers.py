"""Dagster's four ways to run steps behind one webserver: three of stock, and Dagway's."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.latency import environments, projects
from bench.latency.graphql import Webserver
from bench.latency.processes import Servers, eventually, free_port
from bench.latency.storage import Storage
from bench.latency.stream import memory_of_idle, runs_a_minute
from bench.latency.workloads import AT_A_TIME, LARGE, ONE, RUN_SECONDS, Timing, Workload

CONFIGURATION = """\
telemetry: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
"""


@dataclass(frozen=True)
class Way:
    """A code server's command, and the executor of its definitions."""

    name: str
    executor: str
    warm: bool = False

    def environment(self, dagster: str, *, dbt: bool) -> environments.Environment:
        """What its code server is installed in."""
        return (environments.dagway if self.warm else environments.stock)(dagster, dbt=dbt)

    def command(self, python: Path) -> list[str]:
        """Its code server."""
        return [str(python), "-m", *(["dagway", "code-server"] if self.warm else ["dagster", "api", "grpc"])]


WAYS = {
    "dagway": Way("Dagway", "warm", warm=True),
    "in-process": Way("stock: in process", "in_process"),
    "forkserver": Way("stock: forkserver", "forkserver"),
    "spawn": Way("stock: spawn", "spawn"),
}


@dataclass(frozen=True)
class DagsterPeer:
    """One way, launched through the webserver; times are those of its events."""

    way: Way
    webserver: Webserver
    idle: Path

    @property
    def name(self) -> str:
        """As the page calls it."""
        return self.way.name

    def run(self, workload: Workload) -> Timing:
        """Launch, wait for the end."""
        began = time.time()
        run = self.launch(workload.name)
        self.wait(workload.name, run)
        times = {
            kind: [
                float(event["timestamp"]) / 1000
                for event in self.webserver.events(run)
                if event.get("eventType") == kind
            ]
            for kind in ("STEP_START", "RUN_SUCCESS")
        }
        return Timing(min(times["STEP_START"]) - began, times["RUN_SUCCESS"][0] - began)

    def launch(self, workload: str) -> str:
        """The run's id."""
        location = f"{self.way.executor}{'_large' if workload == LARGE.name else ''}"
        return self.webserver.launch(location, workload)

    def idle_memory(self) -> float:
        """In process there is one at a time."""
        count = 1 if self.way.executor == "in_process" else AT_A_TIME
        return memory_of_idle(self, self.idle, count)

    def many(self, runs: int, at_once: int, seconds: float) -> float:
        """Each run that ends is followed by the next."""
        return runs_a_minute(self, ONE.name, runs, at_once, seconds, pause=0.05)

    def wait(self, workload: str, run: str) -> None:
        """Until it has succeeded."""
        eventually(
            lambda: self.succeeded(workload, {run}) or None,
            f"{self.name}: {workload} {run}",
            seconds=RUN_SECONDS,
            pause=0.05,
        )

    def succeeded(self, workload: str, runs: set[str]) -> set[str]:
        """Those that are over."""
        over = self.webserver.over(sorted(runs))
        for run, status in over.items():
            if status != "SUCCESS":
                messages = [event.get("message") for event in self.webserver.events(run)][-5:]
                raise RuntimeError(f"{self.name}: {workload} {run} ended as {status}: {messages}")
        return set(over)


@contextmanager
def dagster_peers(
    ways: Sequence[Way], dagster: str, storage: Storage, scratch: Path, *, small: bool, large: bool
) -> Generator[list[DagsterPeer]]:
    """The ways, each with code servers of its own, behind one webserver."""
    home, idle = scratch / "home", scratch / "idle"
    home.mkdir()
    idle.mkdir()
    # SQLAlchemy 2.1 takes another driver where none is named, and Dagster's storage is written for this one.
    url = storage.url and storage.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    kept = f"postgres: {{postgres_url: '{url}'}}" if url else f"sqlite: {{base_dir: '{home}'}}"
    (home / "dagster.yaml").write_text(f"{CONFIGURATION}storage:\n  {kept}\n")
    servers = Servers(scratch / "logs")
    shared = {"DAGSTER_HOME": str(home), "BENCH_IDLE": str(idle)}
    try:
        locations: dict[str, int] = {}
        if small:
            folder = projects.small(scratch)
            locations |= {way.executor: _code_server(servers, way, dagster, folder, shared) for way in ways}
        if large:
            folder = projects.large(scratch, environments.stock(dagster, dbt=True).installed())
            locations |= {
                f"{way.executor}_large": _code_server(servers, way, dagster, folder, shared) for way in ways
            }
        webserver = _webserver(servers, dagster, scratch, locations, shared)
        yield [DagsterPeer(way, webserver, idle) for way in ways]
    finally:
        servers.stop()


def _code_server(servers: Servers, way: Way, dagster: str, project: Path, shared: Mapping[str, str]) -> int:
    python = way.environment(dagster, dbt=project.name == "large").installed()
    port, name = free_port(), f"{way.executor}_{project.name}"
    target = [
        "-m",
        f"{project.name}.definitions",
        "-d",
        str(project),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    servers.start(name, [*way.command(python), *target], {**shared, "BENCH_EXECUTOR": way.executor}, project)
    servers.wait_for_port(name, port)
    return port


def _webserver(
    servers: Servers, dagster: str, scratch: Path, locations: Mapping[str, int], shared: Mapping[str, str]
) -> Webserver:
    entries = [
        f"  - grpc_server: {{host: 127.0.0.1, port: {port}, location_name: {name}}}\n"
        for name, port in locations.items()
    ]
    workspace = scratch / "workspace.yaml"
    workspace.write_text("load_from:\n" + "".join(entries))
    python, port = environments.stock(dagster, dbt=False).installed(), free_port()
    command = [
        str(python.with_name("dagster-webserver")),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-w",
        str(workspace),
    ]
    servers.start("webserver", command, shared, scratch)
    servers.wait_for_port("webserver", port)
    webserver = Webserver(f"http://127.0.0.1:{port}")
    eventually(lambda: webserver.locations() >= set(locations) or None, "definitions in the webserver")
    return webserver
