"""A whole deployment of real processes: a webserver, and code servers of stock and of Dagway side by side."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bench.latency.graphql import Webserver
from bench.latency.processes import Servers, eventually, free_port

STOCK, WARM = "stock", "warm"
COMMANDS = {STOCK: ("dagster", "api", "grpc"), WARM: ("dagway", "code-server")}
CONFIGURATION = """\
telemetry: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
concurrency: {pools: {default_limit: 1, granularity: op}}
"""
EVENTS = """query ($id: ID!, $after: String) { logsForRun(runId: $id, afterCursor: $after, limit: 1000) { ... on EventConnection {
  cursor hasMore events { __typename
    ... on MessageEvent { timestamp eventType stepKey message level }
    ... on MaterializationEvent { assetKey { path } partition }
    ... on AssetCheckEvaluationEvent { evaluation { checkName success severity } }
    ... on LogsCapturedEvent { fileKey stepKeys }
    ... on ErrorEvent { error { className message } } } } } }"""
LAUNCH = """mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
AGAIN = """mutation ($parameters: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $parameters) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
TERMINATE = (
    """mutation ($id: String!) { terminateRun(runId: $id) { __typename ... on PythonError { message } } }"""
)
CAPTURED = """query ($key: [String!]!) { capturedLogs(logKey: $key) { stdout stderr } }"""
RUN = """query ($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"""
Value = TypeVar("Value")


@dataclass(frozen=True)
class Deployment:
    """Its webserver; `scratch` is where the project puts its files; `servers` are its processes."""

    webserver: Webserver
    scratch: Path
    servers: Servers
    pids: Mapping[str, int] = field(default_factory=dict[str, int])

    def launch(
        self,
        side: str,
        job: str,
        *,
        tags: Mapping[str, str] | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> str:
        """A run of a job on one side: its id."""
        pairs = [{"key": key, "value": value} for key, value in (tags or {}).items()]
        parameters = {
            "selector": {"repositoryLocationName": side, "repositoryName": "__repository__", "jobName": job},
            "runConfigData": configuration or {},
            "executionMetadata": {"tags": pairs},
        }
        return _launched(self.webserver.ask(LAUNCH, {"parameters": parameters})["launchRun"])

    def again_from_failure(self, run: str) -> str:
        """A run that does what another has not done."""
        parameters = {"parentRunId": run, "strategy": "FROM_FAILURE"}
        return _launched(self.webserver.ask(AGAIN, {"parameters": parameters})["launchRunReexecution"])

    def terminate(self, run: str, policy: str = "SAFE_TERMINATE") -> None:
        """As the button in the UI does; refused until the run has told that it has started."""

        def done() -> bool | None:
            answer = self.webserver.ask(TERMINATE, {"id": run, "policy": policy})["terminateRun"]
            return answer["__typename"] == "TerminateRunSuccess" or None

        until(done, f"the termination of run {run}")

    def end(self, run: str, seconds: float = 300) -> str:
        """The status in which it ends."""
        return eventually(lambda: self.webserver.over([run]).get(run), f"the end of run {run}", seconds)

    def events(self, run: str) -> list[dict[str, Any]]:
        """All events, with what tells them apart."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            answer = self.webserver.ask(EVENTS, {"id": run, "after": after})["logsForRun"]
            found += answer["events"]
            if not answer["hasMore"]:
                return found
            after = answer["cursor"]

    def captured(self, run: str) -> dict[str, tuple[str, str]]:
        """Standard output and error by step."""
        found: dict[str, tuple[str, str]] = {}
        for event in self.events(run):
            if event.get("eventType") == "LOGS_CAPTURED":
                key = [run, "compute_logs", event["fileKey"]]
                logs = self.webserver.ask(CAPTURED, {"key": key})["capturedLogs"]
                found[event["stepKeys"][0]] = (logs["stdout"] or "", logs["stderr"] or "")
        return found

    def tags(self, run: str) -> dict[str, str]:
        """The run's tags."""
        answer = self.webserver.ask(RUN, {"id": run})["runOrError"]
        return {tag["key"]: tag["value"] for tag in answer["tags"]}


def _launched(answer: Mapping[str, Any]) -> str:
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])


def until(look: Callable[[], Value | None], what: str, seconds: float = 60) -> Value:
    """What `look` gives once it gives something."""
    return eventually(look, what, seconds, pause=0.05)


@contextmanager
def deployed(
    python: str, project: Path, folder: Path, sides: Sequence[str] = (STOCK, WARM)
) -> Generator[Deployment]:
    """The project's file behind a code server of each side, and a webserver that knows them."""
    home, scratch = folder / "home", folder / "scratch"
    home.mkdir()
    scratch.mkdir()
    (home / "dagster.yaml").write_text(CONFIGURATION)
    servers = Servers(folder / "logs")
    shared = {"DAGSTER_HOME": str(home), "BEHAVIOURS_SCRATCH": str(scratch)}
    ports = {side: free_port() for side in sides}
    pids: dict[str, int] = {}
    try:
        for side in sides:
            target = [
                "-f",
                str(project),
                "-d",
                str(project.parent),
                "--host",
                "127.0.0.1",
                "--port",
                str(ports[side]),
            ]
            command = [python, "-m", *COMMANDS[side], *target]
            servers.start(side, command, {**shared, "BEHAVIOURS_EXECUTOR": side}, folder)
            pids[side] = servers.running[-1].pid
            servers.wait_for_port(side, ports[side])
        webserver = _webserver(python, servers, folder, ports, shared)
        yield Deployment(webserver, scratch, servers, pids)
    finally:
        servers.stop()


def _webserver(
    python: str, servers: Servers, folder: Path, ports: Mapping[str, int], shared: Mapping[str, str]
) -> Webserver:
    entries = [
        f"  - grpc_server: {{host: 127.0.0.1, port: {port}, location_name: {name}}}\n"
        for name, port in ports.items()
    ]
    workspace = folder / "workspace.yaml"
    workspace.write_text("load_from:\n" + "".join(entries))
    port = free_port()
    command = [python, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-w", str(workspace)]
    servers.start("webserver", command, shared, folder)
    servers.wait_for_port("webserver", port)
    webserver = Webserver(f"http://127.0.0.1:{port}")
    eventually(lambda: webserver.locations() >= set(ports) or None, "definitions in the webserver")
    return webserver
