"""Where a definition stands in the project's own files, as far as Dagster tells."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagway._dagster.creation import Place
from dagway._dagster.description import code_position
from dagway.project.model import Position

#: The folder where Dagster's components keep copies of what they read: nobody edits those.
STATE = ".local_defs_state"


def position_of(
    metadata: Mapping[str, Any] | None, function: object, root: Path, created: Place | None = None
) -> Position | None:
    """The nearest place to change: the component's YAML, else the function, else the own line that made it."""
    references = (metadata or {}).get("dagster/code_references")
    for reference in getattr(references, "code_references", ()):
        path = Path(getattr(reference, "file_path", ""))
        if _is_below(path, root) and STATE not in path.parts:
            return Position(path, reference.line_number)
    found = code_position(function)
    own = (Position(*place) for place in (found, created) if place and _is_own(place[0], root))
    return next(own, None)


def _is_own(path: Path, root: Path) -> bool:
    return _is_below(path, root) and "site-packages" not in path.parts


def _is_below(path: Path, root: Path) -> bool:
    """As `is_relative_to`, which makes a path of each parent: a project has thousands of definitions."""
    return str(path).startswith(f"{root}{os.sep}")
