"""Waits until a file of a project changes. Files are looked at, not subscribed to: that works on every file system."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagway.rules.collect import below

#: Seconds between two looks.
INTERVAL = 0.1
Snapshot = dict[str, tuple[int, int]]


def changes(root: Path, before: Snapshot) -> Iterator[Sequence[str]]:
    """The paths that changed, came or went since `before`, each time that there are some. Never ends by itself.

    What changes while the caller works on one answer is in the next.
    """
    while True:
        time.sleep(INTERVAL)
        after = snapshot(root)
        if before != after:
            yield sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        before = after


def snapshot(root: Path) -> Snapshot:
    """Each file with its time and size."""
    found: Snapshot = {}
    for path in below(root, root):
        try:
            status = (root / path).stat()
        except OSError:
            # It went while we looked.
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found
