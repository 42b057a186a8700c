"""A platform under test: `dagway up` as a process of its own on a small project, asked through its webserver."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from processes import PATIENCE, descendants, is_alive, until
from psycopg.conninfo import conninfo_to_dict
from served_location import free_port

from dagway.platform.probe import ask
from dagway.platform.under_way import locations

_SALES = Path(__file__).parents[1] / "examples/sales_analytics/blueprint.yaml"
#: The password of the metadata: a server that trusts takes any.
SECRET = "hunter22-hunter22"
PROJECT = """\
import os
import time
from pathlib import Path

import dagster as dg

from dagway.operations import with_operations

SCRATCH = Path(os.environ.get("SCRATCH", "scratch"))
SCRATCH.mkdir(exist_ok=True)

@dg.asset
def raw() -> int:
    return 1

@dg.asset(deps=[raw])
def clean() -> None: ...

@dg.asset
def slow(context: dg.AssetExecutionContext) -> None:
    (SCRATCH / "slow").write_text(f"{os.getpid()} {context.run.run_id}")
    while not (SCRATCH / "enough").exists():
        time.sleep(0.02)

def job(name: str, *keys: str) -> object:
    return dg.define_asset_job(name, dg.AssetSelection.assets(*keys), executor_def=dg.in_process_executor)

defs = with_operations(
    dg.Definitions(
        assets=[raw, clean, slow],
        jobs=[job("quick", "raw", "clean"), job("long", "slow"), job("report", "platform/health_report")],
    )
)
"""
_LAUNCH = """mutation ($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_EVENTS = """query ($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent {
  eventType message } } } } }"""


@dataclass
class Platform:
    """`dagway up` on a folder; `port` is the webserver's."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def output(self) -> str:
        """What `dagway up` has printed."""
        return self.log.read_text(errors="replace")

    def state(self) -> dict[str, Any]:
        """Its state file; empty where there is none."""
        try:
            return json.loads((self.folder / ".dagway/platform/state.json").read_text())
        except FileNotFoundError:
            return {}

    def service(self, name: str) -> dict[str, Any]:
        """The condition of a service."""
        return self.state().get("services", {}).get(name, {})

    def wait(self, *names: str) -> None:
        """Until these services are healthy; all of them if none is named."""

        def healthy() -> bool:
            assert self.process.poll() is None, self.output()
            services = self.state().get("services", {})
            states = [one["state"] for name, one in services.items() if not names or name in names]
            return bool(states) and set(states) == {"healthy"}

        try:
            until(healthy, "a healthy platform")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output()}") from None

    def until_up(self) -> None:
        """Until it says that it is up."""
        until(lambda: "is up after" in self.output() or self.process.poll() is not None, "the platform")
        assert self.process.poll() is None, self.output()

    def is_loaded(self) -> bool:
        """Whether the webserver has every code location."""
        with suppress(OSError, ValueError):
            found = locations(self.url)
            return bool(found.loaded) and not found.broken and not found.loading
        return False

    def launch(self, job: str) -> str:
        """The run's id."""
        until(self.is_loaded, "the definitions in the webserver")
        selector = {
            "repositoryLocationName": "definitions",
            "repositoryName": "__repository__",
            "jobName": job,
        }
        found = ask(self.url, _LAUNCH, {"p": {"selector": selector}}, PATIENCE)["launchRun"]
        assert found["__typename"] == "LaunchRunSuccess", found
        return found["run"]["runId"]

    def run_status(self, run: str) -> str:
        """Its status now; empty while the webserver or its database does not answer."""
        with suppress(OSError, ValueError):
            return ask(self.url, _RUN, {"id": run})["runOrError"].get("status", "")
        return ""

    def end(self, run: str) -> str:
        """The status in which the run ends."""
        over = {"SUCCESS", "FAILURE", "CANCELED"}
        try:
            until(lambda: self.run_status(run) in over, f"the end of run {run}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.run_status(run)}\n{self.output()}") from None
        return self.run_status(run)

    def messages(self, run: str) -> list[str]:
        """What its events say."""
        events = ask(self.url, _EVENTS, {"id": run}, PATIENCE)["logsForRun"]["events"]
        return [event["message"] for event in events if event]

    def run_in_step(self) -> tuple[int, str]:
        """The process and the run that the slow asset is in."""
        until(lambda: (self.scratch / "slow").exists(), "the slow asset")
        pid, run = until(lambda: (self.scratch / "slow").read_text(), "the slow asset").split()
        return int(pid), run

    def let_go(self) -> None:
        """The slow asset ends."""
        (self.scratch / "enough").touch()

    def kill(self, service: str) -> None:
        """Kills a service's process, as `kill -9` does."""
        os.kill(self.service(service)["pid"], signal.SIGKILL)

    def kill_until_back(self, service: str) -> None:
        """Kills it, and waits until another process of it is healthy."""
        before = self.service(service)["pid"]
        self.kill(service)
        until(lambda: self.service(service)["pid"] not in {before, None}, f"another {service}")
        self.wait(service)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Asks it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(120)


def project(folder: Path, code: str = PROJECT) -> Path:
    """A project in the folder: one file of definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "definitions.py").write_text(code)
    return folder


def sales(folder: Path, engine: str) -> Path:
    """The sales example, built; its metadata in PostgreSQL, its runs by the engine."""
    built = dagway(folder.parent, "prototype", str(_SALES), str(folder), "--no-verify")
    assert built.returncode == 0, built.stderr
    (folder / "platform.yaml").write_text(
        "platform: 1\nprofile: postgres\nlocations: [{path: ., name: definitions}]\n"
        f"runs: {{engine: {engine}}}\n"
    )
    return folder


def sold(folder: Path) -> int:
    """The customers that the sales example has found in demo mode."""
    with duckdb.connect(folder / "data/demo.duckdb", read_only=True) as warehouse:
        return warehouse.sql("select count(*) from marts.customer_metrics").fetchall()[0][0]


def metadata(postgres_url: str) -> dict[str, str]:
    """The variables that name the database."""
    parts = conninfo_to_dict(postgres_url)
    return {
        "DAGSTER_POSTGRES_HOST": str(parts["host"]),
        "DAGSTER_POSTGRES_PORT": str(parts.get("port", 5432)),
        "DAGSTER_POSTGRES_USER": str(parts.get("user", "postgres")),
        "DAGSTER_POSTGRES_DB": str(parts["dbname"]),
        "DAGSTER_POSTGRES_PASSWORD": SECRET,
    }


def variables(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's variables without what would reach into a platform."""
    hidden = ("DAGSTER_", "DAGWAY_", "SLACK_", "CELERY_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, "COLUMNS": "200", **(extra or {})}


@contextmanager
def up(
    folder: Path,
    *options: str,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    target: str = ".",
) -> Generator[Platform]:
    """`dagway up` in the folder until the block ends; then nothing of it is left."""
    port = port or free_port()
    log = folder / f"up-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagway", "up", target, "--port", str(port), *options],
            cwd=folder,
            env=variables({"SCRATCH": str(folder / "scratch"), **(environment or {})}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    platform = Platform(folder, port, process, log)
    try:
        yield platform
    finally:
        end(platform)


def end(platform: Platform) -> None:
    """Kills what is left of it: its processes, and runs that outlived them, by the folder that they were started in."""
    left = [platform.process.pid, *descendants(platform.process.pid)]
    for pid in [*left, *of_folder(platform.folder)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    platform.process.wait()


def of_folder(folder: Path) -> list[int]:
    """Processes that run in the folder or below, zombies not."""
    found: list[int] = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                where = (process / "cwd").readlink()
                if where.is_relative_to(folder) and is_alive(int(process.name)):
                    found.append(int(process.name))
    return found


def dagway(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command of Dagway in the folder, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dagway", *words],
        cwd=folder,
        env=variables(environment),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
