"""Python files that hold definitions and belong to no project: `dagster dev -f` loads them by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dagway.rules.source.python import ASSETS, INTEGRATED, PythonFile
from dagway.rules.source.read import UnreadableError, content, read

_WHOLE = ("Definitions", "SourceAsset", "load_assets_from_current_module", "load_assets_from_modules")
#: What does work, or ends the process, rather than define something.
_RUNS = re.compile(r"(?:.*\.)?(?:materialize|execute)\w*|sys\.exit|os\._exit|exit|quit")
_PROJECT = "Give the folder of its project; where nothing there says what loads, write module_name below [tool.dagster] in pyproject.toml"


@dataclass(frozen=True)
class PlainFile:
    """A file with definitions.

    Attributes:
        line: of the obstacle.
        obstacle: why it is not loaded by itself, and what to do; empty where it stands alone.
    """

    path: Path
    line: int = 1
    obstacle: str = ""


def plain_files(paths: Iterable[Path]) -> Iterator[PlainFile]:
    """Those of the paths that define, where they are imported, what Dagster finds in a file."""
    for path in paths:
        if path.suffix == ".py" and path.is_file() and (file := _python(path)) and _defines(file):
            line, obstacle = next(_obstacles(path, file), (1, ""))
            yield PlainFile(path, line, obstacle)


def _python(path: Path) -> PythonFile | None:
    try:
        file = read(path.name, content(path), {})
    except UnreadableError:
        return None
    return file if isinstance(file, PythonFile) and not file.is_test else None


def _defines(file: PythonFile) -> bool:
    kinds = ASSETS | INTEGRATED | {"repository", "definitions", "job", "graph"}
    return bool(_made(file, *kinds) or _called(file, *_WHOLE))


def _made(file: PythonFile, *kinds: str) -> int:
    return sum(file.function(definition.function) is None for definition in file.defined(*kinds))


def _called(file: PythonFile, *names: str) -> int:
    return sum(file.function(call) is None for call, _ in file.calls(*names))


def _obstacles(path: Path, file: PythonFile) -> Iterator[tuple[int, str]]:
    """What keeps the file from being loaded by itself, with its line."""
    if (path.parent / "__init__.py").exists():
        yield 1, f"it belongs to a package. {_PROJECT}"
    for node, module in _imports(file):
        if module.startswith(".") or _is_beside(path, module.partition(".")[0]):
            yield node.lineno, f"it imports {module} from beside it. {_PROJECT}"
    for node in _runs(file):
        yield (
            node.lineno,
            'importing it runs something. Put that below `if __name__ == "__main__":`',
        )
    if not _called(file, "Definitions") and not _made(file, "repository", "definitions"):
        # Dagster takes the one job of a file, else its one graph, else its assets.
        jobs, graphs = _made(file, "job"), _made(file, "graph")
        if jobs > 1 or (not jobs and graphs > 1):
            yield 1, "it has several jobs and no definitions. Write defs = dg.Definitions(...) there"


def _imports(file: PythonFile) -> Iterator[tuple[ast.stmt, str]]:
    for node in file.nodes(ast.Import):
        yield from ((node, alias.name) for alias in node.names)
    for node in file.nodes(ast.ImportFrom):
        yield node, "." * node.level + (node.module or "")


def _is_beside(path: Path, module: str) -> bool:
    return (path.parent / f"{module}.py").is_file() or any((path.parent / module).glob("*.py"))


def _runs(file: PythonFile) -> Iterator[ast.Call | ast.Raise]:
    """The calls of the module itself, or of a function that it calls, that do work; and what ends the process."""
    calls = file.nodes(ast.Call)
    called = {file.definition_of(call.func) for call in calls if not file.is_deferred(call)}
    for call in calls:
        is_run = not file.is_deferred(call) or file.function(call) in called - {None}
        if is_run and _RUNS.fullmatch(file.resolve(call.func) or ast.unparse(call.func)):
            yield call
    for node in file.nodes(ast.Raise):
        if not file.is_deferred(node) and "SystemExit" in ast.unparse(node):
            yield node
