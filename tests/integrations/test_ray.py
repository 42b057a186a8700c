"""Runs that are jobs of Ray: a cluster of two nodes on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest
from processes import descendants, is_alive, until
from served_location import free_port
from served_platform import PROJECT, SECRET, dagway, metadata, project, sales, sold, up, variables

from dagway.platform.under_way import cancel

pytestmark = [pytest.mark.integration, pytest.mark.slow]
#: Addresses of the loopback, one for each node; Ray takes 127.0.0.1 for the machine's own.
HEAD, OTHER = "127.0.0.2", "127.0.0.3"
BROKEN = """
@dg.asset
def broken() -> None:
    raise ValueError

defs = dg.Definitions.merge(defs, dg.Definitions(assets=[broken], jobs=[job("fails", "broken")]))
"""


@dataclass(frozen=True)
class Cluster:
    """Two nodes with a core each; `address` is that of the job server."""

    address: str

    def ask(self, path: str) -> Any:
        """What the job server answers; None while it does not."""
        with suppress(OSError), build_opener(ProxyHandler({})).open(self.address + path, timeout=5) as answer:
            return json.load(answer)
        return None

    def nodes(self) -> list[str]:
        """The addresses of the nodes that live."""
        found: dict[str, Any] = self.ask("/nodes?view=summary") or {"data": {"summary": []}}
        return sorted(one["ip"] for one in found["data"]["summary"] if one["raylet"].get("state") == "ALIVE")

    def job(self, run: str) -> dict[str, Any]:
        """The job that the run was."""
        (found,) = (one for one in self.ask("/api/jobs/") if one["metadata"].get("dagster/run-id") == run)
        return found

    def node(self, run: str) -> str | None:
        """The address of the node that executed the run."""
        return urlsplit(str(self.job(run)["driver_agent_http_address"])).hostname

    def end(self, run: str) -> str:
        """The status in which the run's job ends."""
        until(lambda: self.job(run)["status"] not in {"PENDING", "RUNNING"}, f"the end of the job of {run}")
        return self.job(run)["status"]


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    """The nodes have the variables that open something, and those alone; sockets need a folder with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="ray"))
    port, dashboard = free_port(), free_port()
    started = Cluster(f"http://127.0.0.1:{dashboard}")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        head = ("--head", "--port", port, "--temp-dir", folder, "--ray-client-server-port", free_port())
        web = ("--dashboard-host", "127.0.0.1", "--dashboard-port", dashboard)
        stack.enter_context(_node(folder, HEAD, *head, *web))
        until(lambda: started.nodes() == [HEAD], "the head of the cluster")
        stack.enter_context(_node(folder, OTHER, "--address", f"{HEAD}:{port}"))
        until(lambda: started.nodes() == [HEAD, OTHER], "the second node")
        yield started


@contextmanager
def _node(folder: Path, address: str, *words: object) -> Generator[None]:
    """A node of one core until the block ends; then no process of it is left."""
    usual = ("--block", "--num-cpus", 1, "--object-store-memory", 80_000_000, "--node-ip-address", address)
    command = [str(Path(sys.executable).parent / "ray"), "start", *map(str, (*usual, *words))]
    given = {"RAY_USAGE_STATS_ENABLED": "0", "DAGSTER_POSTGRES_PASSWORD": SECRET}
    with (folder / f"{address}.log").open("wb") as output:
        process = subprocess.Popen(
            [*command, "--dashboard-agent-listen-port", str(free_port())],
            cwd=folder,
            env=variables(given),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        for pid in (process.pid, *descendants(process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def test_the_sales_example_on_a_cluster_and_postgres(
    tmp_path: Path, cluster: Cluster, postgres_url: str
) -> None:
    folder = sales(tmp_path / "sales", "ray")
    given = {**metadata(postgres_url), "RAY_ADDRESS": cluster.address, "DAGWAY_DEMO": "1"}
    with up(folder, environment=given) as platform:
        platform.until_up()
        run = platform.launch("daily_sales_job")
        assert platform.end(run) == "SUCCESS", platform.messages(run)
        assert cluster.end(run) == "SUCCEEDED"
    assert sold(folder) > 300
    assert SECRET not in json.dumps(cluster.job(run))


def test_how_runs_end(tmp_path: Path, cluster: Cluster) -> None:
    folder = project(tmp_path, PROJECT + BROKEN)
    (folder / "platform.yaml").write_text(
        "platform: 1\nruns: {engine: ray, look_every: 1s}\nray: {variables: [SCRATCH]}\n"
    )
    with up(folder, environment={"RAY_ADDRESS": cluster.address}) as platform:
        platform.until_up()
        failed = platform.launch("fails")
        assert platform.end(failed) == "FAILURE"
        assert any("Steps failed: ['broken']" in message for message in platform.messages(failed))
        assert cluster.end(failed) == "FAILED"

        canceled = platform.launch("long")
        pid, _ = platform.run_in_step()
        beside = platform.launch("quick")
        assert platform.end(beside) == "SUCCESS"
        assert {cluster.node(canceled), cluster.node(beside)} == {HEAD, OTHER}
        # The webserver imports Ray first, which can take longer than the answer may.
        with suppress(TimeoutError):
            cancel(platform.url, canceled)
        assert platform.end(canceled) == "CANCELED"
        assert cluster.end(canceled) == "STOPPED"
        assert not is_alive(pid)

        (platform.scratch / "slow").unlink()
        killed = platform.launch("long")
        pid, _ = platform.run_in_step()
        os.kill(pid, signal.SIGKILL)
        assert platform.end(killed) == "FAILURE"


def test_a_cluster_that_is_away_is_waited_for(tmp_path: Path) -> None:
    folder = project(tmp_path)
    port = free_port()
    said = f"The job server of Ray at 127.0.0.1:{port} does not answer"
    (folder / "platform.yaml").write_text(
        f"platform: 1\nruns: {{engine: ray}}\nray: {{address: 'http://127.0.0.1:{port}'}}\n"
    )
    with up(folder) as platform:
        until(lambda: said in platform.output(), "what it waits for")
        until(lambda: platform.service("daemon").get("state") == "waiting", "the state")
        run = platform.launch("quick")
        assert platform.run_status(run) == "QUEUED"
        assert (
            f"The job server of Ray does not answer at 127.0.0.1:{port}." in dagway(folder, "doctor").stdout
        )
        # Something comes, and goes before the run is launched.
        with socket.create_server(("127.0.0.1", port)):
            until(lambda: platform.service("daemon").get("pid"), "the daemon")
        assert platform.end(run) == "FAILURE"
        assert platform.service("daemon")["restarts"] == 0
