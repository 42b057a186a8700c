"""One service that runs: its process, its health, and its start anew when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dagway.platform import tether
from dagway.platform.backoff import Backoff
from dagway.platform.log import Log
from dagway.platform.probe import UNKNOWN, Answer
from dagway.platform.question import Question
from dagway.platform.services import Service

State = Literal["waiting", "starting", "healthy", "unhealthy", "restarting", "crash loop", "stopped"]
Say = Callable[[str], None]
#: Seconds between two looks at the health: until it is healthy, and then.
EAGER, CALM = 0.1, 2.0
#: Seconds without an answer after which a service that was healthy is killed, to be started again.
HANGING = 60.0
#: Seconds after which one that has not become healthy is told of; it may be importing still, so it is left alone.
LONG = 120.0
#: Seconds that a service may take to stop, and between two looks whether it has, or has to at once.
GRACE, SLICE = 20.0, 0.05
#: Lines of its log among which its last word is looked for when it ends unasked.
LAST_WORDS = 12


@dataclass(frozen=True)
class Condition:
    """How a service is.

    Attributes:
        pid: of its process; None while there is none.
        since: when it came into this state, in seconds since the epoch.
        restarts: how often it was started again, unasked.
        reason: why it is not healthy; empty where it is.
    """

    state: State
    pid: int | None
    since: float
    restarts: int
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {name: getattr(self, name) for name in ("state", "pid", "since", "restarts", "reason")}


class Supervised:
    """A service under supervision. `look` is called often, from the one thread that starts processes."""

    def __init__(self, service: Service, log: Log, say: Say) -> None:
        self.service = service
        self.log = log
        self.condition = Condition("stopped", None, time.time(), 0)
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff = Backoff()
        self._started = 0.0
        self._started_wall = 0.0
        self._silent: float | None = None
        self._is_late = False
        self._health, self._needs = Question[Answer](), Question[Answer]()
        self._stopping = False

    @property
    def is_running(self) -> bool:
        """Whether it has a process."""
        return self._process is not None

    def start(self) -> None:
        """Starts it now, or at a later look once what it needs is there."""
        self._stopping = False
        self._note("starting")
        self._try_start()

    def look(self) -> None:
        """Sees how it is, and does what is to be done."""
        if self._stopping:
            return
        if self._process is None:
            if time.monotonic() >= self._backoff.due:
                self._try_start()
            return
        code = self._process.poll()
        if code is not None:
            self._ended(code)
            return
        self._look_at_health()

    def stop(self, grace: float = GRACE, is_urgent: Callable[[], bool] = lambda: False) -> None:
        """Asks it to end, and waits; kills it after `grace` seconds, or as soon as that is urgent."""
        self._stopping = True
        process = self._process
        if process is not None:
            process.terminate()
            deadline = time.monotonic() + grace
            while not _ends(process, SLICE):
                urgent = is_urgent()
                if urgent or time.monotonic() >= deadline:
                    why = "has to end at once" if urgent else f"did not stop in {grace:.0f} s"
                    self._say(f"{why}: it is killed")
                    process.kill()
                    process.wait()
        self._process = None
        self._note("stopped")

    def _try_start(self) -> None:
        if self.service.needs:
            answer = _told(self._needs.answer())
            if answer is None:
                self._needs.ask(lambda: _ask_needs(self.service))
                return
            if answer.reason:
                if self.condition.state != "waiting":
                    self._say(f"waits: {answer.reason}")
                self._note("waiting", answer.reason)
                self._backoff = Backoff(self._backoff.ends, time.monotonic() + 1.0)
                return
        self._started, self._started_wall = time.monotonic(), time.time()
        self._silent, self._is_late = None, False
        self._health = Question[Answer]()
        try:
            self._process = self._spawn()
        except OSError as error:
            self._failed(f"could not be started ({error})")
        else:
            self._note("starting")

    def _spawn(self) -> subprocess.Popen[bytes]:
        output = self.log.open()
        try:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    str(Path(tether.__file__)),
                    str(os.getpid()),
                    *self.service.command,
                ],
                cwd=self.service.folder,
                env=dict(self.service.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Its own session: Ctrl-C in the terminal is for the platform, not for runs.
                start_new_session=True,
            )
        finally:
            os.close(output)

    def _ended(self, code: int) -> None:
        """It ended unasked."""
        self._process = None
        last = [line for line in self.log.tail(LAST_WORDS) if line.strip()]
        self._failed(f"ended unexpectedly ({_exit(code)})", last[-1] if last else "it said nothing")

    def _failed(self, reason: str, last_words: str = "") -> None:
        """It has no process, and is to be started again after a while."""
        now = time.monotonic()
        self._backoff = self._backoff.after(now - self._started, now)
        wait = self._backoff.due - now
        if self._backoff.is_loop:
            self._say(f"CRASH LOOP: {reason}, {self._backoff.ends} times in a row; next try in {wait:.0f} s")
            self._note("crash loop", "; ".join(filter(None, (reason, last_words))))
        else:
            self._say(f"{reason}: it is started again in {wait:.2g} s")
            self._note("restarting", reason)
        self._restarted()

    def _restarted(self) -> None:
        known = self.condition
        self.condition = Condition(known.state, None, known.since, known.restarts + 1, known.reason)

    def _look_at_health(self) -> None:
        answer = _told(self._health.answer())
        if answer is None:
            is_new = self.condition.state in {"starting", "unhealthy"}
            service, since = self.service, self._started_wall
            self._health.ask(lambda: _ask_health(service, since), EAGER if is_new else CALM)
            return
        now, reason = time.monotonic(), answer.reason
        if not reason:
            self._silent = None
            if self.condition.state != "healthy":
                took = now - self._started
                self._say(
                    f"is healthy ({took:.1f} s)" if self.condition.state == "starting" else "is healthy again"
                )
                self._note("healthy")
            return
        # Only while it is the service itself that does not answer, and what it needs does.
        self._silent = (now if self._silent is None else self._silent) if answer.is_own else None
        if self.condition.state == "healthy" and reason == UNKNOWN:
            return
        if self.condition.state == "healthy":
            self._say(f"is not healthy: {reason}")
            self._note("unhealthy", reason)
        elif self.condition.reason != reason:
            self._note(self.condition.state, reason)
        if self.condition.state == "unhealthy":
            self._kill_if_silent(now)
        else:
            self._tell_if_late(now, reason)

    def _kill_if_silent(self, now: float) -> None:
        """Kills what does not work any more, and for long enough."""
        if self._silent is None or now - self._silent < HANGING or self._process is None:
            return
        self._say(f"has not answered for {now - self._silent:.0f} s: it is killed and started again")
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def _tell_if_late(self, now: float, reason: str) -> None:
        """Says once why what was started does not become healthy."""
        if self._is_late or now - self._started < LONG:
            return
        self._is_late = True
        self._say(
            f"is not healthy after {now - self._started:.0f} s: {reason}; it is left alone, for it may be importing."
            f" See `dagway logs {self.service.name}`"
        )

    def _note(self, state: State, reason: str = "") -> None:
        pid = self._process.pid if self._process is not None else None
        known = self.condition
        since = known.since if known.state == state else time.time()
        self.condition = Condition(state, pid, since, known.restarts, reason)


def _told(found: Answer | Exception | None) -> Answer | None:
    """Whatever a probe meets is an answer: the service does not work."""
    return Answer(f"{type(found).__name__}: {found}") if isinstance(found, Exception) else found


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it ends within these seconds."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def _ask_needs(service: Service) -> Answer:
    return Answer(missing(service), is_own=False)


def _ask_health(service: Service, since: float) -> Answer:
    needs = _ask_needs(service)
    return needs if needs.reason else service.probe.look(since)


def missing(service: Service) -> str:
    """What the service needs and does not answer, as a sentence; empty where all does."""
    silent = [f"{what} at {where}" for what, where in service.needs.items() if not where.answers()]
    return f"{' and '.join(silent)} does not answer" if silent else ""


def _exit(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
