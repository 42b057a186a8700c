"""Whether this system has descriptors that mean one process for ever, whatever later process gets its number."""

from __future__ import annotations

import os
import sys
from functools import cache


@cache
def are_supported() -> bool:
    """Tried, not assumed: some sandboxes (gVisor, filters of system calls) are Linux and refuse them."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True
