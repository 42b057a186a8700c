"""`tether.py PARENT PROGRAM…`: becomes the program, which the kernel asks to end when the parent does, however that one ends.

Run by its path, with nothing but the standard library: it costs a service's start a hundredth of a second.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Becomes the program; where the parent is gone already, nothing."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:
        os.execv(program[0], program)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
