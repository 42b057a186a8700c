"""The files of a project that people write."""

import os
from collections.abc import Iterator
from pathlib import Path

_NOT_OURS = frozenset({"node_modules", "site-packages", "dbt_packages", "target"})


def own_files(root: Path) -> Iterator[Path]:
    """The files below a folder that people write: not those in hidden folders, and of what tools put there."""
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _NOT_OURS)
        yield from (Path(folder, name) for name in sorted(files))
