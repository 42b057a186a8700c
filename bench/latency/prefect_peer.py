"""Prefect 3: its server, and a runner that starts a process for each flow run; tasks run in that process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.latency import environments
from bench.latency.processes import Servers, eventually, free_port
from bench.latency.rest import ask
from bench.latency.storage import Storage
from bench.latency.stream import memory_of_idle, moment, runs_a_minute
from bench.latency.workloads import ONE, RUN_SECONDS, Timing, Workload

FLOWS = Path(__file__).with_name("prefect_flows.py")
OVER = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
# The shortest that the runner takes; ten seconds as shipped.
POLL_SECONDS = "1"
AT_ONCE = "10"


@dataclass(frozen=True)
class PrefectPeer:
    """Launched through the server; times are those that it keeps."""

    api: str
    idle: Path
    name: str = "Prefect 3"

    def run(self, workload: Workload) -> Timing:
        """Launch, wait for the end."""
        began = time.time()
        run = self.wait(workload.name, self.launch(workload.name))
        starts = eventually(lambda: self._starts(run["id"], workload.tasks), "Prefect's task runs")
        first = min(moment(start) for start in starts)
        return Timing(first - began, moment(run["end_time"]) - began)

    def idle_memory(self) -> float:
        """Of a flow's process: its tasks have none of their own."""
        return memory_of_idle(self, self.idle, 1)

    def many(self, runs: int, at_once: int, seconds: float) -> float:
        """Each run that ends is followed by the next."""
        return runs_a_minute(self, ONE.name, runs, at_once, seconds, pause=0.05)

    def deployed(self) -> bool | None:
        """True once the runner has told the server what it serves."""
        with suppress(RuntimeError, OSError):
            ask("GET", f"{self.api}/deployments/name/idle/bench")
            return True
        return None

    def _starts(self, run: str, count: int) -> list[str] | None:
        """When each task started; the server learns it a while after it was so."""
        tasks = ask("POST", f"{self.api}/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        starts = [task["start_time"] for task in tasks if task["start_time"]]
        return starts if len(starts) == count else None

    def launch(self, flow: str) -> str:
        """The run's id."""
        deployment = ask("GET", f"{self.api}/deployments/name/{flow}/bench")
        return str(ask("POST", f"{self.api}/deployments/{deployment['id']}/create_flow_run", {})["id"])

    def succeeded(self, flow: str, runs: set[str]) -> set[str]:
        """Those that are over."""
        return set(self._over(runs))

    def wait(self, flow: str, run: str) -> dict[str, Any]:
        """The run, once it has succeeded."""
        return eventually(lambda: self._over({run}).get(run), f"Prefect: {flow} {run}", seconds=RUN_SECONDS)

    def _over(self, runs: set[str]) -> dict[str, dict[str, Any]]:
        found = ask("POST", f"{self.api}/flow_runs/filter", {"flow_runs": {"id": {"any_": sorted(runs)}}})
        over = {run["id"]: run for run in found if run["state_type"] in OVER}
        for run in over.values():
            if run["state_type"] != "COMPLETED":
                raise RuntimeError(f"Prefect: flow run {run['id']} ended as {run['state']}")
        return over


@contextmanager
def prefect_peer(storage: Storage, scratch: Path) -> Generator[PrefectPeer]:
    """Server and runner, with a database of their own.

    Raises:
        UnavailableError: it cannot be installed here.
    """
    python, port = environments.PREFECT.installed(), free_port()
    home, idle = scratch / "prefect", scratch / "idle"
    home.mkdir()
    idle.mkdir()
    shutil.copy(FLOWS, home)
    shared = {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": POLL_SECONDS,
        "BENCH_IDLE": str(idle),
    }
    if storage.url:
        shared["PREFECT_API_DATABASE_CONNECTION_URL"] = storage.url.replace(
            "postgresql:", "postgresql+asyncpg:"
        )
    servers = Servers(scratch / "logs")
    try:
        start = [str(python), "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        servers.start("server", start, shared, home)
        servers.wait_for_port("server", port)
        servers.start("runner", [str(python), FLOWS.name, AT_ONCE], shared, home)
        peer = PrefectPeer(shared["PREFECT_API_URL"], idle)
        eventually(peer.deployed, "Prefect's deployments")
        yield peer
    finally:
        servers.stop()
