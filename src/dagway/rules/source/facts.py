"""What the rules over a whole project need to know of one file: small values that a cache can keep."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from dagway.rules.source.environment import Variable, python_variables, yaml_variables
from dagway.rules.source.names import module_of
from dagway.rules.source.python import ASSETS, PythonFile
from dagway.rules.source.yaml import YamlFile

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Named:
    """Something defined at a place: an asset, a component. `name` is as the report shows it, `symbol` is Python's."""

    name: str
    symbol: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One file.

    Attributes:
        variables: environment variables that it reads.
        declared: environment variables that it says the project needs.
        imports: dotted paths, as written.
        assets, components: what it defines.
        words: in tests only: every name, and every word of every text.
    """

    path: str
    is_test: bool = False
    variables: tuple[Variable, ...] = ()
    declared: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    assets: tuple[Named, ...] = ()
    components: tuple[Named, ...] = ()
    words: frozenset[str] = frozenset()


def python_facts(file: PythonFile) -> Facts:
    return Facts(
        path=file.path,
        is_test=file.is_test,
        variables=tuple(python_variables(file)),
        imports=_imports(file),
        assets=tuple(
            Named(item.name, item.function.name, item.function.lineno, item.function.col_offset + 1)
            for item in file.defined(*ASSETS)
            if item.kind in {"asset", "graph_asset"}
        ),
        components=tuple(
            Named(node.name, node.name, node.lineno, node.col_offset + 1)
            for node in file.nodes(ast.ClassDef)
            if is_component(file, node)
        ),
        words=_words(file) if file.is_test else frozenset(),
    )


def is_component(file: PythonFile, node: ast.ClassDef) -> bool:
    """Whether the class is a component that a project could use: it inherits from one and is not abstract."""
    bases = [file.resolve(base) for base in node.bases]
    return (
        not node.name.startswith("_")
        and not any(base in {"abc.ABC", "typing.Protocol"} for base in bases)
        and any(base.startswith("dagster") and base.endswith("Component") for base in bases)
    )


def _imports(file: PythonFile) -> tuple[str, ...]:
    plain = [alias.name for node in file.nodes(ast.Import) for alias in node.names]
    named = [
        f"{module_of(node)}{'' if module_of(node).endswith('.') else '.'}{alias.name}"
        for node in file.nodes(ast.ImportFrom)
        for alias in node.names
    ]
    return (*plain, *named)


def _words(file: PythonFile) -> frozenset[str]:
    names = {node.id for node in file.nodes(ast.Name)} | {node.attr for node in file.nodes(ast.Attribute)}
    imported = {alias.name for node in file.nodes(ast.ImportFrom) for alias in node.names}
    parameters = {node.arg for node in file.nodes(ast.arg)}
    texts = [node.value for node in file.nodes(ast.Constant) if isinstance(node.value, str)]
    return frozenset(names | imported | parameters | {word for text in texts for word in _WORD.findall(text)})


def yaml_facts(file: YamlFile) -> Facts:
    required = (node.value for path, node in file.scalars if path == ("requirements", "env"))
    return Facts(
        path=file.path,
        variables=tuple(yaml_variables(file)),
        declared=tuple(required) if file.is_component else (),
    )
