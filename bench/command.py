"""The command line's own start: what every call waits for before anything is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.page import Row, at_most
from bench.timing import Contestant, race

COMMANDS: Mapping[str, Sequence[str]] = {
    "`dagway --help`": (str(Path(sys.executable).with_name("dagway")), "--help"),
    "`python -c pass`": (sys.executable, "-c", "pass"),
}
_USED = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


def measure(scratch: Path, rounds: int) -> Iterator[Row]:
    """`--help` beside a Python that does nothing: seconds of the clock, and those of a processor, which other work leaves alone."""
    clock = [Contestant(name, command, scratch) for name, command in COMMANDS.items()]
    yield Row("help of the command line", at_most(0.3), race(clock, rounds))
    used = [
        Contestant(name, (sys.executable, "-c", _USED, *command), scratch, measured=float)
        for name, command in COMMANDS.items()
    ]
    yield Row("the same, in processor time", at_most(0.3), race(used, rounds))
