"""Python files that hold definitions and belong to no project: `dagster dev -f` loads them by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dagway.rules.source.python import ASSETS, INTEGRATED, PythonFile
from dagway.rules.source.read import UnreadableError, content, read

_DECORATORS = ASSETS | INTEGRATED | {"repository", "definitions", "job", "graph"}
_CALLS = ("Definitions", "SourceAsset", "load_assets_from_current_module", "load_assets_from_modules")


def plain_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Those of the paths that define, where they are imported, what Dagster finds in a file."""
    return (path for path in paths if path.suffix == ".py" and path.is_file() and _defines(path))


def _defines(path: Path) -> bool:
    try:
        file = read(path.name, content(path), {})
    except UnreadableError:
        return False
    if not isinstance(file, PythonFile) or file.is_test:
        return False
    made = [definition.function for definition in file.definitions if definition.kind in _DECORATORS]
    return any(file.function(node) is None for node in [*made, *(call for call, _ in file.calls(*_CALLS))])
