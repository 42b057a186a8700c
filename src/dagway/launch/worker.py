"""`python -m dagway.launch.worker DESCRIPTOR`: loads the project, has runs forked and says what happens.

The descriptor is where it is said, line by line; the request and what follows it come on the standard input.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from typing import Any, NoReturn, cast

from dagway.errors import DagwayError
from dagway.garbage import no_garbage_collection
from dagway.launch.control import Control
from dagway.launch.request import Request
from dagway.launch.saying import Refused, Saying, to_line


class Teller:
    """Writes what is said; nobody may listen any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._heard = True

    def __call__(self, saying: Saying) -> None:
        data = to_line(saying).encode()
        try:
            while data and self._heard:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._heard = False


def main(descriptor: int) -> None:
    """The whole of this process's work."""
    os.set_inheritable(descriptor, False)
    commands = _commands()
    tell, control = Teller(descriptor), Control(commands)
    request = Request.from_line(control.first_line())
    try:
        with no_garbage_collection():
            from dagway.launch.work import work
        work(request, control, tell, (descriptor, commands))
    except DagwayError as error:
        tell(Refused(error.message, error.remedy))
    except KeyboardInterrupt:
        # Cancelled before anything had begun.
        pass
    _end(control)


def _end(control: Control) -> NoReturn:
    """Without taking the memory apart piece by piece, which takes seconds where much is loaded."""
    cast("Any", atexit)._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    if control.forced and os.getpgrp() == os.getpid():
        # Steps that are asked to end have ten seconds for it; nobody waits for them any more.
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _commands() -> int:
    """Where commands come from; the standard input, which runs and steps inherit, is empty from now on."""
    commands = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return commands


if __name__ == "__main__":
    main(int(sys.argv[1]))
