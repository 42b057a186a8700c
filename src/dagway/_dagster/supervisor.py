# What is extended here is private to Dagster, and in part without types.
# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false
"""Dagster's reloading code server, which also looks after what is behind it.

Behind it stands one server for each load of the definitions, with its image, runs and steps. Where one of them is killed,
its children come here: this process is the nearest ancestor that takes over orphans, and it alone has no code of users.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import dagster._grpc.server as grpc_server
import grpc
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_representation.grpc_server_registry import ErrorRegistryEntry, GrpcServerRegistry
from dagster._grpc.__generated__ import dagster_api_pb2
from dagster._grpc.client import DEFAULT_GRPC_TIMEOUT
from dagster._grpc.proxy_server import DagsterProxyApiServicer
from dagster._grpc.server import GrpcServerProcess
from dagster._grpc.types import (
    CancelExecutionRequest,
    CancelExecutionResult,
    ExecuteExternalJobArgs,
    GetCurrentRunsResult,
    StartRunResult,
)
from dagster._serdes import deserialize_value, serialize_value

from dagway._dagster import orphans, pidfds
from dagway._dagster.ledger import RunLedger
from dagway._dagster.orphans import Orphan, deleted, unfinished
from dagway._dagster.private_folder import PrivateFolder
from dagway._dagster.pulse import Pulse

#: Seconds between two looks at the server behind this one.
TICK = 0.5
#: Seconds between two looks which runs are over, and until a storage that did not answer is asked again.
SWEEP = 60.0
#: Seconds until a server that ended at once is tried again, at first and at most.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: Seconds that a run waits for a server to be there.
LONGEST_WAIT = 30.0
#: Seconds in which a run that was deleted has to end once it is interrupted: fewer than whoever stops this server waits.
DELETED = 10.0
#: Seconds in which a server has to tell its runs.
TELLING = 3.0
#: Images that end by force, each soon after the last, until no further one is made.
MOST_IMAGES = 4
#: What a server says that was told to end.
REFUSAL = "Tried to start a run on a server after telling it to shut down"
#: By this signal a server says that its image has ended.
IMAGE_LOST = signal.SIGUSR1
#: Elsewhere there is no way to know a process for certain, or to take over orphans: there the stock servicer serves.
IS_SUPPORTED = pidfds.are_supported()
_PR_SET_CHILD_SUBREAPER = 36
_logger = logging.getLogger("dagster.code_server")


class Supervisor(DagsterProxyApiServicer):
    """The stock servicer, and a thread that restarts, takes over runs without server, and reaps.

    Attributes:
        changes: asked at each look for the files that have changed; set by the class that is made of it.
    """

    changes: Callable[[], str]

    def __init__(self, **options: Any) -> None:
        self._private = PrivateFolder()
        self._ledger = RunLedger(self._private.runs)
        self._orphans = {
            run_id: Orphan(
                run_id, entry.instance, is_over=self._ledger.is_gone(entry), patience=orphans.GRACE
            )
            for run_id, entry in self._ledger.entries.items()
        }
        self._troubled = dict[str, float]()
        self._swept = time.monotonic()
        self._image_lost = threading.Event()
        self._adopting = threading.Lock()
        self._pause, self._image_pause = Pause(), Pause()
        self._pulse: tuple[GrpcServerProcess, Pulse] | None = None
        self._down_since = time.monotonic()
        self._restarting = threading.Event()
        _take_over_orphans()
        signal.signal(IMAGE_LOST, lambda _number, _frame: self._image_lost.set())
        # Sockets in a folder of this user alone, under names that tell the end of a server apart from another's.
        grpc_server.safe_tempfile_path_unmanaged = self._private.socket
        super().__init__(**options)
        threading.Thread(target=self._supervise, name="dagway-supervisor", daemon=True).start()

    def cleanup(self) -> None:
        """As stock; nothing is left on the disk but the names of runs that go on. None goes on that was deleted."""
        # From here on no run begins.
        self._shutdown_once_executions_finish_event.set()
        # A storage that does not answer must not keep the end from the servers behind.
        looking = threading.Thread(target=self._look_for_deleted, name="dagway-deleted", daemon=True)
        with contextlib.suppress(RuntimeError):
            looking.start()
            looking.join(DELETED + TELLING)
        super().cleanup()
        with contextlib.suppress(Exception):
            self._forget_ended()
        self._private.remove()

    def StartRun(self, request: Any, context: Any) -> Any:  # noqa: N802 (gRPC's name)
        """As stock; notes where the run is stored, to report it if its server is gone.

        A run that comes while the server behind is replaced waits for the next one.
        """
        arguments = deserialize_value(request.serialized_execute_run_args, ExecuteExternalJobArgs)
        if arguments.instance_ref is not None:
            try:
                self._ledger.note(arguments.run_id, arguments.instance_ref)
            except OSError as error:
                _logger.warning(
                    "Run %s starts, but if this server is killed with it, nobody reports that: %s",
                    arguments.run_id,
                    error,
                )
        self._await_server()
        asked = self._client
        reply = super().StartRun(request, context)
        # A server that refuses has started nothing, so asking the next one cannot start the run twice.
        return (
            super().StartRun(request, context)
            if self._client is not asked and _refuses(cast("Any", reply))
            else reply
        )

    def _query(self, api_name: str, request: Any, _context: Any, timeout: int = DEFAULT_GRPC_TIMEOUT) -> Any:
        """As stock; what only asks waits for the next server, and is asked again where one ended meanwhile."""
        self._await_server()
        pulse = self._pulse
        try:
            answer = super()._query(api_name, request, _context, timeout)
        except grpc.RpcError as error:
            if not self._has_ended(cast("Any", error).code()):
                raise
            self._await_server()
            return super()._query(api_name, request, _context, timeout)
        if pulse is not None:
            pulse[1].answered()
        return answer

    def _has_ended(self, answer: grpc.StatusCode) -> bool:
        """Whether the server behind gave this answer because it ends: its sockets close before its end can be seen."""
        deadline = time.monotonic() + (TICK if answer is grpc.StatusCode.UNAVAILABLE else 0.0)
        while not self._is_missing():
            if time.monotonic() >= deadline:
                return False
            time.sleep(TICK / 100)
        return True

    def _await_server(self) -> None:
        """Until there is one, or it has been missing for long."""
        while self._is_missing() and not self._server_termination_event.is_set():
            if time.monotonic() - self._down_since > LONGEST_WAIT:
                return
            time.sleep(TICK / 5)

    def CancelExecution(self, request: Any, context: Any) -> Any:  # noqa: N802 (gRPC's name)
        """As stock; a run without server is asked directly."""
        wanted = deserialize_value(request.serialized_cancel_execution_request, CancelExecutionRequest)
        self._adopt_runs()
        orphan = self._orphans.get(wanted.run_id)
        if orphan is None or not orphan.interrupt():
            return super().CancelExecution(request, context)
        result = CancelExecutionResult(success=True, message=None, serializable_error_info=None)
        return dagster_api_pb2.CancelExecutionReply(
            serialized_cancel_execution_result=serialize_value(result)
        )

    def _look_for_deleted(self) -> None:
        try:
            self._end_deleted()
        except Exception as error:
            _logger.warning("Whether runs go on that were deleted cannot be told: %s", error)

    def _end_deleted(self) -> None:
        """Interrupts the runs that their storage has no more: nobody sees them, nobody else can end them, and stock waits for them."""
        going, entries = self._going(), self._ledger.entries
        left = deleted({run_id: entries[run_id].instance for run_id in going.keys() & entries.keys()})
        for run_id in left:
            _logger.warning("Run %s was deleted while it went on: its process is interrupted.", run_id)
            # One that has ended meanwhile is no matter; one that does not hear it is told of below.
            with contextlib.suppress(Exception):
                going[run_id]()
        deadline = time.monotonic() + DELETED
        while left and time.monotonic() < deadline:
            time.sleep(TICK / 5)
            left &= self._going().keys()
        for run_id in left:
            _logger.error("The process of run %s, which was deleted, does not end: it goes on.", run_id)

    def _going(self) -> Mapping[str, Callable[[], object]]:
        """The runs that have a process, and how to interrupt each."""
        found = dict[str, Callable[[], object]]()
        for run_id, orphan in list(self._orphans.items()):
            if orphan.goes_on():
                found[run_id] = orphan.interrupt
        for server in self._processes():
            if server.server_process.poll() is not None:
                continue
            client: Any = server.create_client()
            with contextlib.suppress(Exception):  # it ends, and its runs have
                answer = client._get_response("GetCurrentRuns", dagster_api_pb2.Empty(), TELLING)
                told = deserialize_value(answer.serialized_current_runs, GetCurrentRunsResult)
                for run_id in told.current_runs:
                    found[run_id] = functools.partial(
                        client.cancel_execution, CancelExecutionRequest(run_id=run_id)
                    )
        return found

    def _supervise(self) -> None:
        while not self._server_termination_event.wait(TICK):
            try:
                self._look()
            except Exception:
                _logger.exception("Looking after the code server failed; it is tried again")

    def _look(self) -> None:
        """What must not wait comes first: to ask storages may take long, and fail."""
        self._reap()
        if not self._shutdown_once_executions_finish_event.is_set():
            self._keep_up()
        self._adopt_runs()
        self._settle()
        if time.monotonic() - self._swept > SWEEP:
            self._swept = time.monotonic()
            self._forget_ended()

    def _keep_up(self) -> None:
        """There is a server that answers, with an image, of what the files hold now."""
        self._kill_if_hanging()
        if failure := self._failure():
            self._restart(failure)
        elif self._image_lost.is_set() and self._image_pause.is_over():
            self._image_lost.clear()
            self._replace_image()
        elif changed := self.changes():
            _logger.info("Changed: %s. The definitions are loaded anew.", changed)
            self.ReloadCode(None, None)

    def _kill_if_hanging(self) -> None:
        """Kills a server that does not answer any more; at the next look it has ended, and another one is started."""
        server = self._server()
        if server is None or server.server_process.poll() is not None:
            return
        if self._pulse is None or self._pulse[0] is not server:
            self._pulse = server, Pulse(lambda seconds: _ask(server, seconds))
        if silence := self._pulse[1].silence():
            _logger.error(
                "The code server behind this one has not answered for %.0f s: it is killed.", silence
            )
            server.server_process.kill()
            self._pulse = None

    def _replace_image(self) -> None:
        self._image_pause.note()
        if self._image_pause.count > MOST_IMAGES:
            _logger.error(
                "%d warm images ended by force, each soon after the last (is there too little memory?): runs start cold"
                " until the definitions are reloaded.",
                self._image_pause.count,
            )
            return
        _logger.warning("The definitions are loaded anew, for runs to start warm again.")
        self.ReloadCode(None, None)

    def _settle(self) -> None:
        """Looks at runs without server. One whose storage does not answer must not keep the others waiting."""
        for run_id, orphan in list(self._orphans.items()):
            if self._troubled.get(run_id, 0.0) > time.monotonic():
                continue
            try:
                settled = orphan.is_settled()
            except Exception as error:
                self._troubled[run_id] = time.monotonic() + SWEEP
                _logger.warning("Run %s has no server, and cannot be looked after now: %s", run_id, error)
                continue
            if settled:
                del self._orphans[run_id]
                self._troubled.pop(run_id, None)
                self._ledger.forget([run_id])

    def _forget_ended(self) -> None:
        """Runs that are over need nobody who remembers them."""
        known = {run_id: entry.instance for run_id, entry in self._ledger.entries.items()}
        going = {orphan.run_id for orphan in unfinished(known)}
        # One that was deleted may go on all the same.
        if over := known.keys() - going:
            self._ledger.forget(over - self._going().keys())

    @property
    def _registry(self) -> GrpcServerRegistry:
        return self._grpc_server_registry

    def _server(self) -> GrpcServerProcess | None:
        """The server that is asked now."""
        entry = self._registry._active_entries.get(self._origin.get_id())
        return None if isinstance(entry, ErrorRegistryEntry | None) else entry.process

    def _is_missing(self) -> bool:
        return self._restarting.is_set() or bool(self._failure())

    def _failure(self) -> str:
        """Why there is no server to ask; empty where there is one. Code that does not load does not end a server."""
        entry = self._registry._active_entries.get(self._origin.get_id())
        if isinstance(entry, ErrorRegistryEntry):
            return "it could not be started"
        code = entry.process.server_process.poll() if entry is not None else None
        if code is None and not self._restarting.is_set():
            self._down_since = time.monotonic()
        return "" if code is None else f"exit code {code}"

    def _restart(self, failure: str) -> None:
        """A server that ended unasked: another one is started."""
        if not self._pause.is_over():
            return
        _logger.error(
            "The code server behind this one ended unexpectedly (%s): it is started again.", failure
        )
        self._pause.note()
        # While a server starts, the registry knows of none.
        self._restarting.set()
        try:
            with self._reload_lock:
                if self._client_heartbeat_shutdown_event:
                    self._client_heartbeat_shutdown_event.set()
                self._reload_location()
        finally:
            self._restarting.clear()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        """Those of servers that could not remove their own."""
        self._private.remove_besides({process.socket for process in self._processes() if process.socket})

    def _adopt_runs(self) -> None:
        """Takes over the runs of servers that have ended; of most of them, only that they are over."""
        with self._adopting:
            alive = {process.socket for process in self._processes() if process.server_process.poll() is None}
            left = [run for run, client in list(self._run_clients.items()) if client.socket not in alive]
            entries = self._ledger.entries
            known = {run: entries[run].instance for run in left if run in entries}
            found = self._unfinished(known)
            self._orphans.update(found)
            self._ledger.forget(known.keys() - found.keys())
            for run_id in left:
                self._run_clients.pop(run_id, None)

    def _unfinished(self, known: Mapping[str, InstanceRef]) -> dict[str, Orphan]:
        """Those of these runs that are not over; all where their storage does not answer: it is asked again later, for each."""
        try:
            return {orphan.run_id: orphan for orphan in unfinished(known)}
        except Exception as error:
            _logger.warning("The storage of runs that have no server any more does not answer: %s", error)
            self._troubled.update(dict.fromkeys(known, time.monotonic() + SWEEP))
            return {run_id: Orphan(run_id, reference) for run_id, reference in known.items()}

    def _processes(self) -> list[GrpcServerProcess]:
        return list(self._registry._all_processes)

    def _reap(self) -> None:
        """Waits for what came here when its parent was killed; the servers that were started here are waited for there."""
        # While a server starts, it is not in the registry's list yet.
        if not self._registry._lock.acquire(blocking=False):
            return
        try:
            own = {process.server_process.pid for process in self._processes()}
            for pid in _children() - own:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
        finally:
            self._registry._lock.release()


def _refuses(reply: dagster_api_pb2.StartRunReply) -> bool:
    result = deserialize_value(reply.serialized_start_run_result, StartRunResult)
    return not result.success and result.message == REFUSAL


def _ask(server: GrpcServerProcess, seconds: float) -> None:
    """Anything that every server answers at once, whatever it has loaded.

    Raises:
        Exception: it does not answer within so many seconds.
    """
    client: Any = server.create_client()
    client.get_server_id(timeout=seconds)


@dataclass
class Pause:
    """How long to wait before the next start: longer each time, as long as servers end soon.

    Attributes:
        count: starts, each soon after the one before.
    """

    seconds: float = 0.0
    last: float = float("-inf")
    count: int = 0

    def is_over(self) -> bool:
        """Whether to start now."""
        return time.monotonic() - self.last >= self.seconds

    def note(self) -> None:
        """A start: one that comes long after the last begins anew."""
        now = time.monotonic()
        soon = now - self.last < 2 * LONGEST_PAUSE
        self.seconds = min(max(2 * self.seconds, FIRST_PAUSE), LONGEST_PAUSE) if soon else FIRST_PAUSE
        self.count = self.count + 1 if soon else 1
        self.last = now


def _take_over_orphans() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found.update(map(int, (task / "children").read_text(encoding="ascii").split()))
    return found
