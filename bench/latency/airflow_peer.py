"""Airflow 3 with the LocalExecutor: API server, scheduler and DAG processor, as shipped."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.latency import environments
from bench.latency.processes import Servers, clean_environment, eventually, free_port
from bench.latency.rest import ask
from bench.latency.storage import Storage
from bench.latency.stream import memory_of_idle, moment, runs_a_minute
from bench.latency.workloads import AT_A_TIME, ONE, RUN_SECONDS, SMALL, Timing, Workload

DAGS = Path(__file__).with_name("airflow_dags.py")


@dataclass(frozen=True)
class AirflowPeer:
    """Triggered through the API server; times are those that it keeps."""

    url: str
    token: str
    idle: Path
    name: str = "Airflow 3, LocalExecutor"

    def run(self, workload: Workload) -> Timing:
        """Trigger, wait for the end."""
        began = time.time()
        run = self.wait(workload.name, self.launch(workload.name))
        path = f"dags/{workload.name}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
        tasks = self._ask("GET", path)["task_instances"]
        first = min(moment(task["start_date"]) for task in tasks)
        return Timing(first - began, moment(run["end_date"]) - began)

    def idle_memory(self) -> float:
        """Of the processes that tasks run in, without their supervisors."""
        return memory_of_idle(self, self.idle, AT_A_TIME)

    def many(self, runs: int, at_once: int, seconds: float) -> float:
        """Each run that ends is followed by the next."""
        return runs_a_minute(self, ONE.name, runs, at_once, seconds, pause=0.2)

    def loaded(self) -> bool | None:
        """True once the API server knows every DAG."""
        with suppress(RuntimeError, OSError):
            names = {dag["dag_id"] for dag in self._ask("GET", "dags")["dags"]}
            return {workload.name for workload in SMALL} <= names or None
        return None

    def launch(self, dag: str) -> str:
        """The run's id."""
        now = datetime.now(UTC).isoformat()
        return str(self._ask("POST", f"dags/{dag}/dagRuns", {"logical_date": now})["dag_run_id"])

    def succeeded(self, dag: str, runs: set[str]) -> set[str]:
        """Those that are over."""
        return {run for run in runs if self._over(dag, run)}

    def wait(self, dag: str, run: str) -> dict[str, Any]:
        """The run, once it has succeeded."""
        return eventually(
            lambda: self._over(dag, run), f"Airflow: {dag} {run}", seconds=RUN_SECONDS, pause=0.2
        )

    def _over(self, dag: str, run: str) -> dict[str, Any] | None:
        found = self._ask("GET", f"dags/{dag}/dagRuns/{run}")
        if found["state"] == "failed":
            raise RuntimeError(f"Airflow: {dag} {run} failed")
        return found if found["state"] == "success" else None

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return ask(method, f"{self.url}/api/v2/{path}", body, {"Authorization": f"Bearer {self.token}"})


@contextmanager
def airflow_peer(storage: Storage, scratch: Path) -> Generator[AirflowPeer]:
    """Its three services, with a database of their own.

    Raises:
        UnavailableError: it cannot be installed here.
    """
    python, port = environments.AIRFLOW.installed(), free_port()
    home, idle = scratch / "airflow", scratch / "idle"
    (home / "dags").mkdir(parents=True)
    idle.mkdir()
    shutil.copy(DAGS, home / "dags")
    shared = _settings(storage, home, idle, port)
    airflow = str(python.with_name("airflow"))
    migrated = subprocess.run(
        [airflow, "db", "migrate"],
        env={**clean_environment(), **shared},
        capture_output=True,
        text=True,
        check=False,
    )
    if migrated.returncode:
        raise environments.UnavailableError(f"Airflow's database could not be made: {migrated.stderr[-300:]}")
    servers = Servers(scratch / "logs")
    try:
        servers.start(
            "api",
            [airflow, "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"],
            shared,
            home,
        )
        servers.wait_for_port("api", port)
        servers.start("dag-processor", [airflow, "dag-processor"], shared, home)
        servers.start("scheduler", [airflow, "scheduler"], shared, home)
        token = eventually(lambda: _token(port), "Airflow's token")
        peer = AirflowPeer(f"http://127.0.0.1:{port}", token, idle)
        eventually(peer.loaded, "Airflow's DAGs")
        yield peer
    finally:
        servers.stop()


def _settings(storage: Storage, home: Path, idle: Path, port: int) -> Mapping[str, str]:
    url = (storage.url or "").replace("postgresql:", "postgresql+psycopg2:") or f"sqlite:///{home}/airflow.db"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only for this measurement, on this machine alone, then gone",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "BENCH_IDLE": str(idle),
    }


def _token(port: int) -> str | None:
    with suppress(RuntimeError, OSError):
        return str(ask("GET", f"http://127.0.0.1:{port}/auth/token")["access_token"])
    return None
