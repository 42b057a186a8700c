"""A code location under test: a home, its code server in processes of its own, runs launched through GraphQL."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from dagster import DagsterInstance, DagsterRun, EventLogEntry
from dagster._core.instance.ref import InstanceRef
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster_graphql.test.utils import execute_dagster_graphql
from processes import until

SETTINGS = """
telemetry: {enabled: false}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
"""
_LAUNCH = """
mutation($p: ExecutionParams!) {
  launchRun(executionParams: $p) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message stack }
    ... on RunConfigValidationInvalid { errors { message } } ... on InvalidSubsetError { message }
  }
}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@dataclass
class ServedLocation:
    """A code server that runs, and the instance that its runs are stored in."""

    instance: DagsterInstance
    context: WorkspaceProcessContext
    server: subprocess.Popen[bytes]
    log: Path
    _left: list[str] = field(default_factory=list[str])

    def output(self) -> str:
        """What the server and its runs have printed."""
        return self.log.read_text(errors="replace")

    def image(self) -> int:
        """The process of the newest warm image."""
        return until(
            lambda: [int(pid) for pid in re.findall(r"fork from process (\d+)", self.output())], "an image"
        )[-1]

    def launch(self, job: str, config: Mapping[str, Any] | None = None, **params: Any) -> str:
        """The run's id."""
        context = self.context.create_request_context()
        selector = {
            "repositoryLocationName": "code",
            "repositoryName": "__repository__",
            "pipelineName": job,
            **params.pop("selector", {}),
        }
        values = {"selector": selector, "mode": "default", "runConfigData": config or {}, **params}
        result = execute_dagster_graphql(context, _LAUNCH, variables={"p": values})
        launched = cast("dict[str, Any]", result.data)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def run(self, run_id: str) -> DagsterRun:
        """As the instance has it now."""
        found = self.instance.get_run_by_id(run_id)
        assert found is not None
        return found

    def finish(self, run_id: str) -> DagsterRun:
        """The run, once it is over."""
        until(lambda: self.run(run_id).is_finished, f"the end of run {run_id}")
        return self.run(run_id)

    def events(self, run_id: str) -> list[EventLogEntry]:
        return list(self.instance.all_logs(run_id))

    def kinds(self, run_id: str) -> list[str]:
        """The types of its events, in their order."""
        return [
            entry.dagster_event.event_type_value
            for entry in self.events(run_id)
            if entry.dagster_event is not None
        ]

    def reload(self) -> None:
        """What the button in the UI does."""
        self.context.reload_code_location("code")


@contextmanager
def served_location(
    folder: Path,
    code: str,
    *,
    command: Sequence[str] = ("-m", "dagway", "code-server"),
    options: Sequence[str] = (),
    settings: str = SETTINGS,
    environment: Mapping[str, str] | None = None,
) -> Generator[ServedLocation]:
    """Serves this code from a file `code.py` in the folder until the block ends; then nothing of it is left."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(settings)
    (folder / "definitions.py").write_text(code)
    port, log = free_port(), folder / "server.log"
    with ExitStack() as stack:
        variables = {**os.environ, "DAGSTER_HOME": str(home), **(environment or {})}
        server = subprocess.Popen(
            [sys.executable, *command, "-f", "definitions.py", "--port", str(port), *options],
            cwd=folder,
            env=variables,
            stdout=stack.enter_context(log.open("wb")),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stack.callback(_end, server)
        _await_answer(server, port, log)
        instance = stack.enter_context(DagsterInstance.from_ref(InstanceRef.from_dir(str(home))))
        target = GrpcServerTarget(host="localhost", port=port, socket=None, location_name="code")
        context = stack.enter_context(WorkspaceProcessContext(instance, target))
        yield ServedLocation(instance, context, server, log)


def _await_answer(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    from dagster._grpc.client import DagsterGrpcClient

    client = DagsterGrpcClient(port=port, host="localhost")

    def answers() -> bool:
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            return client.ping("")["echo"] == ""
        except Exception:
            return False

    until(answers, "the code server's answer")


def _end(server: subprocess.Popen[bytes]) -> None:
    """Asks, then kills all that this server started: they share its session."""
    server.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(20)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == server.pid:
                    os.kill(int(folder.name), signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
    server.wait()
