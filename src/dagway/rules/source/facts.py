"""What the rules over a whole project need to know of one file: small values that a cache can keep."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dagway.rules.source.components import components, is_abstract
from dagway.rules.source.environment import Variable, python_variables, yaml_variables
from dagway.rules.source.names import module_of
from dagway.rules.source.python import ASSETS, PythonFile, keyword
from dagway.rules.source.yaml import YamlFile

#: Definitions whose functions take resources by the type of a parameter.
TAKERS = ("asset", "multi_asset", "asset_check", "multi_asset_check", "op")
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
        resources: the keys of resources that it gives to Definitions.
        untyped: parameters without a type of functions that may take resources; `name` is the definition's.
        words: in tests only: every name, and every word of every text.
    """

    path: str
    is_test: bool = False
    variables: tuple[Variable, ...] = ()
    declared: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    assets: tuple[Named, ...] = ()
    components: tuple[Named, ...] = ()
    resources: tuple[str, ...] = ()
    untyped: tuple[Named, ...] = ()
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
            for node in components(file)
            if not node.name.startswith("_") and not is_abstract(file, node)
        ),
        resources=tuple(_resources(file)),
        untyped=tuple(_untyped(file)),
        words=_words(file) if file.is_test else frozenset(),
    )


def _resources(file: PythonFile) -> Iterator[str]:
    for call, _ in file.calls("Definitions"):
        given = keyword(call, "resources")
        meant = file.expression(given) if given else None
        for key in meant.keys if isinstance(meant, ast.Dict) else ():
            name = file.value(key)
            if isinstance(name, str):
                yield name


def _untyped(file: PythonFile) -> Iterator[Named]:
    for definition in file.defined(*TAKERS):
        inputs = file.expression(definition.keywords["ins"]) if "ins" in definition.keywords else None
        named = {file.value(key) for key in inputs.keys} if isinstance(inputs, ast.Dict) else set[object]()
        for argument in definition.function.args.args + definition.function.args.kwonlyargs:
            if argument.annotation is None and argument.arg not in named:
                column = file.column(argument.lineno, argument.col_offset)
                yield Named(definition.name, argument.arg, argument.lineno, column)


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
    return Facts(path=file.path, variables=tuple(yaml_variables(file)), declared=tuple(_required(file)))


def _required(file: YamlFile) -> Iterator[str]:
    if file.is_component:
        yield from (node.value for path, node in file.scalars if path == ("requirements", "env"))
