"""The classes of a file that are Dagster components."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dagway.rules.source.names import Function
from dagway.rules.source.python import PythonFile


def components(file: PythonFile) -> Iterator[ast.ClassDef]:
    """Each class that inherits from a component of Dagster's packages, directly or by a class of the same file."""
    found: set[str] = set()
    for node in file.nodes(ast.ClassDef):
        if any(file.dagster(base).endswith("Component") for base in node.bases) or any(
            isinstance(base, ast.Name) and base.id in found for base in node.bases
        ):
            found.add(node.name)
            yield node


def is_abstract(file: PythonFile, node: ast.ClassDef) -> bool:
    """Whether nobody can make one: it says so, or leaves a method to others."""
    abstract = any(
        file.resolve(base) in {"abc.ABC", "typing.Protocol", "typing.Generic"} for base in node.bases
    )
    return abstract or any(
        file.resolve(decorator) == "abc.abstractmethod"
        for method in methods(node)
        for decorator in method.decorator_list
    )


def methods(node: ast.ClassDef) -> list[Function]:
    return [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]


def fields(node: ast.ClassDef) -> list[tuple[str, ast.AnnAssign]]:
    """The annotated names of the class's body."""
    return [
        (item.target.id, item)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]
