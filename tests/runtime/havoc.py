"""A code server under load, whose processes are killed at random moments."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dagster import DagsterInstance, DagsterRun
from dagster._core.instance.ref import InstanceRef
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster_graphql.test.utils import execute_dagster_graphql
from processes import until
from served_location import SETTINGS, free_port

LAUNCH = "mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }"
JOB = "load"
CODE = """
import os, time
from pathlib import Path
import dagster as dg, dagway

@dg.op
def step(context: dg.OpExecutionContext) -> None:
    folder = Path(os.environ["HAVOC"])
    with (folder / f"{context.run_id}.{context.op_handle.name}").open("a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(0.5)
    while (folder / "hold").exists():
        time.sleep(0.05)

@dg.op(ins={"before": dg.In(dg.Nothing)})
def after(context: dg.OpExecutionContext) -> None:
    step.compute_fn.decorated_fn(context)

@dg.job(executor_def=dagway.warm_executor)
def load():
    after.alias("third")(after.alias("second")(step.alias("first")()))

defs = dg.Definitions(jobs=[load])
"""
#: What is killed: the server that is spoken to, the server behind it, the image, a run, a step.
ROLES = ("supervisor", "server", "image", "run", "step")
#: All of them at once, as when a container is killed.
EVERYTHING = "everything"


@dataclass
class Havoc:
    """The location, its processes, and what was done to them.

    `kills` counts by role what was killed.
    """

    folder: Path
    temporary: Path
    port: int
    instance: DagsterInstance
    context: WorkspaceProcessContext
    chance: random.Random
    supervisors: list[subprocess.Popen[bytes]]
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*ROLES, EVERYTHING), 0))
    _semaphores: set[Path] = field(default_factory=set[Path])

    def keep_busy(self, at_once: int) -> None:
        """Launches until so many runs are under way; a launch may fail while something is down."""
        under_way = sum(not run.is_finished for run in self.runs())
        for _ in range(at_once - under_way):
            selector = {
                "repositoryLocationName": "code",
                "repositoryName": "__repository__",
                "pipelineName": JOB,
            }
            request = self.context.create_request_context()
            execute_dagster_graphql(
                request, LAUNCH, variables={"p": {"selector": selector, "mode": "default"}}
            )

    def kill(self, role: str) -> bool:
        """Ends one process of the role as the kernel would; False where there is none now."""
        found = self.processes().get("step" if role == EVERYTHING else role, [])
        if not found:
            return False
        self._semaphores.update(semaphore for pid in self.mine() for semaphore in _semaphores_of(pid))
        if role == EVERYTHING:
            self.kill_at_once(*ROLES)
        else:
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(found), signal.SIGKILL)
        self.kills[role] += 1
        if role in {"supervisor", EVERYTHING}:
            self.supervisors[-1].wait()
            self.start()
        return True

    def kill_at_once(self, *roles: str) -> None:
        """Ends every process of these roles, as when a machine or a container ends; nothing is started."""
        found = self.processes()
        for role in roles:
            for pid in found.get(role, []):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if "supervisor" in roles:
            self.supervisors[-1].wait()

    def hold(self, *, on: bool) -> None:
        """Has steps wait, or go on."""
        file = self.folder / "hold"
        file.touch() if on else file.unlink(missing_ok=True)

    def start(self) -> None:
        """The supervisor, as a container's restart policy would start it."""
        environment = {**os.environ, "HAVOC": str(self.folder), "TMPDIR": str(self.temporary)}
        command = [
            sys.executable,
            "-m",
            "dagway",
            "code-server",
            "-f",
            "definitions.py",
            "--port",
            str(self.port),
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.supervisors.append(
                subprocess.Popen(
                    command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
                )
            )

    def answers(self) -> bool:
        """Whether runs can be launched."""
        self.context.refresh_code_location("code")
        return self.context.create_request_context().get_code_location_error("code") is None

    def runs(self) -> list[DagsterRun]:
        """All of them."""
        return list(self.instance.get_runs())

    def processes(self) -> dict[str, list[int]]:
        """Live processes of this location by their role, wherever they hang now."""
        roles: dict[str, list[int]] = {}
        pids = {pid: _parent(pid) for pid in self.mine()}
        servers = {pid for pid in pids if "dagway.runtime" in _command(pid)}
        supervisor = self.supervisors[-1].pid
        images = {int(pid) for pid in re.findall(r"fork from process (\d+)", self.output())} & set(pids)
        for pid, parent in pids.items():
            if pid == supervisor:
                role = "supervisor"
            elif pid in images:
                role = "image"
            elif pid in servers and parent not in servers:
                role = "server"
            else:
                role = "step" if self._is_step(pid) else "run"
            roles.setdefault(role, []).append(pid)
        return roles

    def _is_step(self, pid: int) -> bool:
        return any(
            str(pid) in file.read_text().split() for file in self.folder.glob("*.*") if file.suffix in STEPS
        )

    def mine(self) -> list[int]:
        """Every live process that this location or what it started has started: they all share its variable."""
        mark = f"HAVOC={self.folder}".encode()
        return [pid for pid in _all() if mark in _environment(pid) and not is_zombie(pid)]

    def zombies(self) -> list[int]:
        """Ended children that nobody has waited for, below what is alive here."""
        alive = set(self.mine())
        return [pid for pid in _all() if is_zombie(pid) and _parent(pid) in alive]

    def output(self) -> str:
        """What the servers have printed."""
        return (self.folder / "server.log").read_text(errors="replace")

    def ran_twice(self) -> list[str]:
        """Steps that more than one process has executed."""
        files = [file for file in self.folder.glob("*.*") if file.suffix in STEPS]
        return [file.name for file in files if len(file.read_text().split()) > 1]

    def left_behind(self) -> list[Path]:
        """Dagway's folders, sockets of anyone, and semaphores that a process held when one was killed.

        Not what a step of stock would leave too: a file or folder that Dagster was using in the process that was killed.
        """
        files = [
            path for path in self.temporary.rglob("*") if path.name.startswith("dagway-") or path.is_socket()
        ]
        return [*files, *(semaphore for semaphore in self._semaphores if semaphore.exists())]


STEPS = (".first", ".second", ".third")


def is_zombie(pid: int) -> bool:
    """Ended, and not waited for."""
    return _stat(pid)[:1] == ["Z"]


def _all() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    stat = _stat(pid)
    return int(stat[1]) if stat else 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _semaphores_of(pid: int) -> Iterator[Path]:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if "/dev/shm/" in line:
                yield Path(line.split(maxsplit=5)[-1].removesuffix(" (deleted)"))


@contextmanager
def havoc(folder: Path, seed: int) -> Generator[Havoc]:
    """A location that is up; afterwards it has been asked to end, as a deployment does, and nothing is killed."""
    home, port = folder / "home", free_port()
    home.mkdir()
    (home / "dagster.yaml").write_text(SETTINGS)
    (folder / "definitions.py").write_text(CODE)
    os.environ["DAGSTER_HOME"] = str(home)
    with ExitStack() as stack:
        # The folder of a test has a long name, and that of a socket has at most 107 bytes.
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="havoc-")))
        stack.callback(os.environ.pop, "DAGSTER_HOME", None)
        instance = stack.enter_context(DagsterInstance.from_ref(InstanceRef.from_dir(str(home))))
        target = GrpcServerTarget(host="localhost", port=port, socket=None, location_name="code")
        context = stack.enter_context(WorkspaceProcessContext(instance, target))
        found = Havoc(folder, temporary, port, instance, context, random.Random(seed), [])
        stack.callback(_kill_what_is_left, found)
        found.start()
        until(found.answers, "the code server's answer")
        yield found


def _kill_what_is_left(found: Havoc) -> None:
    for pid in found.mine():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for process in found.supervisors:
        process.wait()


def moment(chance: random.Random, most: float) -> None:
    """Lets a random time pass: kills come at moments that nobody chose."""
    time.sleep(chance.uniform(0, most))
