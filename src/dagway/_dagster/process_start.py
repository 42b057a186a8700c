"""When a process started, by the kernel's own count: with its number it means one process, whatever the clock is set to."""

from __future__ import annotations

import os
import time
from pathlib import Path


def start_ticks(pid: int) -> int | None:
    """Ticks between the machine's start and the process's; None where there is none, or only its remains."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, which comes before, may have spaces and brackets.
    words = stat.rpartition(")")[2].split()
    return None if words[0] == "Z" else int(words[19])


def since_epoch(ticks: int) -> float:
    """The same in seconds since the epoch, by the clock as it is set now."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
