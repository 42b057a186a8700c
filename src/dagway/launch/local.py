"""A launch in processes of its own: starts the worker, hears what it says, and hands on what it is told."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping

from dagway.errors import DagwayError
from dagway.launch.control import CANCEL, FORCE
from dagway.launch.request import Request
from dagway.launch.saying import Output, Refused, Saying, Tick, from_line

#: Seconds between two ticks where nothing else happens.
TICK = 0.1
_PIECE = 1 << 16


class LocalLaunch:
    """The worker and what it started: one process group, which ends with it."""

    def __init__(self, request: Request, environment: Mapping[str, str]) -> None:
        said, saying = os.pipe()
        self._said = said
        # How this process has had the worker end; any other signal is news.
        self._sent: set[int] = set()
        try:
            self._process = subprocess.Popen(
                # -P: a module of the current folder must not stand in for one that the worker imports.
                [sys.executable, "-P", "-m", "dagway.launch.worker", str(saying)],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(saying,),
                # Ctrl-C is for this process alone; it tells the worker what to do.
                start_new_session=True,
            )
        finally:
            os.close(saying)
        self._command(request.to_line().encode())

    def cancel(self) -> None:
        """Has the run end its steps, then itself."""
        self._command(CANCEL)
        # While it loads the project it reads no command, and before it begins it ends by the signal.
        self._sent.add(signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def force(self) -> None:
        """Ends everything at once."""
        self._sent.add(signal.SIGKILL)
        self._command(FORCE)

    def kill(self) -> None:
        """Ends everything, the worker too: nothing more is recorded."""
        self._sent.add(signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def sayings(self) -> Iterator[Saying]:
        """What happens, until the last run is over; a tick now and then.

        Raises:
            DagwayError: nothing was run, or the worker died.
        """
        refused: Refused | None = None
        for one in self._heard():
            if isinstance(one, Refused):
                refused = one
            else:
                yield one
        status = self._process.wait()
        if refused:
            raise DagwayError(refused.message, refused.remedy)
        if status and -status not in self._sent:
            raise _ended(status)

    def close(self) -> None:
        """Lets go of the worker. One that still works cancels, as it does when this process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.stdout.close()
        os.close(self._said)

    def _command(self, data: bytes) -> None:
        assert self._process.stdin is not None
        # A worker that has ended needs no command any more.
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _heard(self) -> Generator[Saying]:
        """From both pipes, until the worker has ended and nothing more is there: what it started may hold them longer."""
        assert self._process.stdout is not None
        lines = {self._said: Lines(), self._process.stdout.fileno(): Lines()}
        with selectors.DefaultSelector() as selector:
            for descriptor in lines:
                selector.register(descriptor, selectors.EVENT_READ)
            ended = False
            while selector.get_map():
                # Asked first: what it wrote until its end is then read.
                ended = self._process.poll() is not None
                ready = selector.select(0 if ended else TICK)
                for key, _ in ready:
                    data = os.read(key.fd, _PIECE)
                    if not data:
                        selector.unregister(key.fd)
                    for line in lines[key.fd].add(data):
                        yield from_line(line) if key.fd == self._said else Output(line)
                if not ready:
                    if ended:
                        break
                    yield Tick()
        rest = lines[self._process.stdout.fileno()].rest
        if rest:
            yield Output(rest)


def _ended(status: int) -> DagwayError:
    """What to say of a worker that ended unasked."""
    if status == -signal.SIGKILL:
        return DagwayError(
            "The process that launches was killed, as the system does where memory runs out.",
            "Give it more memory, or launch less at once.",
        )
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    return DagwayError(
        f"The process that launches ended unexpectedly ({how}).",
        "What it said last stands above; if it repeats, please report it.",
    )


class Lines:
    """Lines out of pieces of bytes.

    Attributes:
        rest: what has come of the next line.
    """

    def __init__(self) -> None:
        self._data = b""

    @property
    def rest(self) -> str:
        return self._data.decode(errors="replace")

    def add(self, data: bytes) -> list[str]:
        """The lines that are complete now."""
        *complete, self._data = (self._data + data).split(b"\n")
        return [line.decode(errors="replace") for line in complete]


def environment_of(base: Mapping[str, str], *, environment: str | None, demo: bool) -> dict[str, str]:
    """The worker's variables."""
    found = {**base, "PYTHONUNBUFFERED": "1", "DAGSTER_DISABLE_TELEMETRY": "1"}
    if environment:
        found["DAGWAY_ENVIRONMENT"] = environment
    return found | ({"DAGWAY_DEMO": "1"} if demo else {})
