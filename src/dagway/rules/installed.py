"""Which names the installed Dagster packages have. Their source is read; only what that leaves open is imported."""

from __future__ import annotations

import ast
import difflib
import importlib
import sys
import warnings
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path


class Lookup(Enum):
    """What a dotted path is in the installed packages; UNKNOWN where it is none of Dagster's or not installed."""

    MODULE = "module"
    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@cache
def lookup(dotted: str) -> Lookup:
    """What a path such as `dagster.asset` or `dagster.components` is."""
    package, _, rest = dotted.partition(".")
    if not _is_dagster(package) or _file(package) is None:
        return Lookup.UNKNOWN
    if not rest or _file(dotted):
        return Lookup.MODULE
    module, _, name = dotted.rpartition(".")
    if _file(module) is None:
        # An attribute of a class, or a module that is not there: what it lies in is looked at instead.
        around = lookup(module)
        return Lookup.ABSENT if around is Lookup.ABSENT else Lookup.UNKNOWN
    if name in _bound(module):
        return Lookup.PRESENT
    return Lookup.PRESENT if _has(module, name) else Lookup.ABSENT


@cache
def is_shadowed(module: str) -> bool:
    """Whether its package takes a thing of the module's own name from it: `from .executor import executor`."""
    package, _, name = module.rpartition(".")
    file = _file(package) if package else None
    return any(
        isinstance(node, ast.ImportFrom)
        and (node.module or "").rpartition(".")[2] == name
        and any((alias.asname or alias.name) == name for alias in node.names)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")) if file else ast.Module([], []))
    )


def nearest(dotted: str) -> str:
    """The name of the same module that differs by a slip of the pen; empty if none does."""
    module, _, name = dotted.rpartition(".")
    near = difflib.get_close_matches(name, _bound(module), n=1, cutoff=0.9) if _file(module) else []
    return f"{module}.{near[0]}" if near else ""


def _is_dagster(package: str) -> bool:
    return package == "dagster" or package.startswith("dagster_")


@cache
def _file(module: str) -> Path | None:
    """The source of an installed module. Only installed packages are looked at, never the project's own folders."""
    parts = module.split(".")
    for folder in sys.path:
        if Path(folder).name in {"site-packages", "dist-packages"}:
            base = Path(folder).joinpath(*parts)
            for file in (base / "__init__.py", base.with_suffix(".py")):
                if file.is_file():
                    return file
    return None


@cache
def _bound(module: str) -> frozenset[str]:
    """The names that a module's source binds at its top level, also inside `if` and `try`."""
    file = _file(module)
    return frozenset(_names(ast.parse(file.read_text(encoding="utf-8")))) if file else frozenset()


def _names(tree: ast.Module) -> Iterator[str]:
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        else:
            waiting.extend(ast.iter_child_nodes(node))


@cache
def _has(module: str, name: str) -> bool:
    """The last word, for star imports and names made at import: the installed package is imported."""
    before = list(sys.path)
    sys.path[:] = [folder for folder in before if folder and Path(folder).resolve() != Path.cwd()]
    try:
        with warnings.catch_warnings(action="ignore"):
            return hasattr(importlib.import_module(module), name)
    except Exception:
        # It cannot be imported here, for want of another package perhaps: then nothing is sure.
        return True
    finally:
        sys.path[:] = before
