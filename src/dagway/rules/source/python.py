"""A Python file: its tree, what its names mean, and the Dagster definitions in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from dagway.rules.model import Edit, Fix, Problem
from dagway.rules.source.names import DEEPEST, Function, Imported, Index, Opaque, Valued
from dagway.rules.source.text import TextFile, tree_lines

Node = TypeVar("Node", bound=ast.AST)
_LINE_END = re.compile(r"\r\n|\r|\n")
Placed = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.ExceptHandler
#: Decorators and calls of Dagster's packages are told by their last name: `dagster.asset` is `asset`.
ASSETS = frozenset({"asset", "multi_asset", "graph_asset", "graph_multi_asset"})
COMPUTES = frozenset({"asset", "multi_asset"})
INTEGRATED = frozenset({"dbt_assets", "sling_assets", "dlt_assets"})


@dataclass(frozen=True, eq=False)
class Definition:
    """A function that one of Dagster's decorators makes into a definition.

    Attributes:
        kind: the decorator's own name: asset, asset_check, sensor, schedule, job, op, …
        keywords: what the decorator is given, also through a partial or a decorator bound to another name.
    """

    kind: str
    function: Function
    decorator: ast.expr
    keywords: Mapping[str, ast.expr]
    name: str


@dataclass(frozen=True, eq=False)
class PythonFile(TextFile):
    """One Python file whose text parses."""

    tree: ast.Module

    @cached_property
    def index(self) -> Index:
        return Index(self.tree)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Every node of a type, in the order of the text."""
        return cast("list[Node]", self.index.by_type.get(kind, []))

    def parents(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, nearest first."""
        while parent := self.index.parents.get(node):
            yield parent
            node = parent

    def function(self, node: ast.AST) -> Function | None:
        """The function whose body the node stands in; None at module or class level."""
        inside = node
        for parent in self.parents(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and inside in parent.body:
                return parent
            if isinstance(parent, ast.Lambda) and inside is parent.body:
                return None
            inside = parent
        return None

    def is_deferred(self, node: ast.AST) -> bool:
        """Whether the code runs only when a function is called, not when the module is imported."""
        inside = node
        for parent in self.parents(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and inside in parent.body:
                return True
            if isinstance(parent, ast.Lambda) and inside is parent.body:
                return True
            if isinstance(parent, ast.If) and inside in parent.body and _is_main_guard(parent.test):
                return True
            inside = parent
        return False

    def resolve(self, node: ast.AST) -> str:
        """The dotted path that a name or attribute means: `dg.asset` → `dagster.asset`. Empty if it is not sure."""
        known = self._resolved.get(node)
        if known is None:
            known = self._resolved[node] = self._resolve(node, 0)
        return known

    @cached_property
    def _resolved(self) -> dict[ast.AST, str]:
        return {}

    def _resolve(self, node: ast.AST, depth: int) -> str:
        if depth > DEEPEST:
            return ""
        if isinstance(node, ast.Attribute):
            base = self._resolve(node.value, depth + 1)
            return f"{base}.{node.attr}" if base else ""
        if not isinstance(node, ast.Name) or node not in self.index.scopes:
            return ""
        match self.index.scopes[node].find(node.id):
            case Imported(dotted):
                return dotted
            case Valued(ast.Name() | ast.Attribute() as value):
                return self._resolve(value, depth + 1)
            case None if "dagster" in self.index.stars and node.id not in self.index.module.names:
                return f"dagster.{node.id}"
            case _:
                return ""

    def dagster(self, node: ast.AST) -> str:
        """The last name if it belongs to one of Dagster's packages: `dg.asset` → `asset`; else empty."""
        dotted = self.resolve(node)
        root, _, rest = dotted.partition(".")
        return rest.rpartition(".")[2] if root == "dagster" or root.startswith("dagster_") else ""

    def value(self, node: ast.AST | None) -> object:
        """The constant that an expression is, also through a name; None if it is none or not sure."""
        return self._value(node, 0)

    def _value(self, node: ast.AST | None, depth: int) -> object:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name() if depth < DEEPEST and node in self.index.scopes:
                bound = self.index.scopes[node].find(node.id)
                return self._value(bound.value, depth + 1) if isinstance(bound, Valued) else None
            case ast.BinOp(ast.expr() as left, ast.Add(), ast.expr() as right) if depth < DEEPEST:
                first, second = self._value(left, depth + 1), self._value(right, depth + 1)
                return first + second if isinstance(first, str) and isinstance(second, str) else None
            case _:
                return None

    def expression(self, node: ast.expr) -> ast.expr:
        """The expression that a name stands for, where one assignment binds it; else the node itself."""
        for _ in range(DEEPEST):
            if not isinstance(node, ast.Name) or node not in self.index.scopes:
                break
            bound = self.index.scopes[node].find(node.id)
            if not isinstance(bound, Valued):
                break
            node = bound.value
        return node

    def definition_of(self, node: ast.AST) -> Function | ast.ClassDef | None:
        """The function or class of this file that a name means."""
        if not isinstance(node, ast.Name) or node not in self.index.scopes:
            return None
        bound = self.index.scopes[node].find(node.id)
        defined = bound.node if isinstance(bound, Opaque) else None
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return defined if isinstance(defined, kinds) else None

    def calls(self, *names: str) -> Iterator[tuple[ast.Call, str]]:
        """Each call of one of Dagster's names, with that name."""
        for name in names:
            yield from ((call, name) for call in self._calls.get(name, ()))

    @cached_property
    def _calls(self) -> Mapping[str, list[ast.Call]]:
        found: dict[str, list[ast.Call]] = {}
        for call in self.nodes(ast.Call):
            if name := self.dagster(call.func):
                found.setdefault(name, []).append(call)
        return found

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The functions that Dagster's decorators make into definitions, in the order of the text."""
        functions = [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]
        found = (self._definition(function) for function in functions)
        return tuple(definition for definition in found if definition)

    def defined(self, *kinds: str) -> Iterator[Definition]:
        """The definitions of some kinds."""
        return (definition for definition in self.definitions if definition.kind in kinds)

    def _definition(self, function: Function) -> Definition | None:
        for decorator in function.decorator_list:
            keywords: dict[str, ast.expr] = {}
            if kind := self._decorator(decorator, keywords, 0):
                return Definition(kind, function, decorator, keywords, self._name(function, keywords))
        return None

    def _decorator(self, node: ast.expr, keywords: dict[str, ast.expr], depth: int) -> str:
        """The kind of a decorator; what it is given is added to `keywords`, the nearest call's first."""
        if depth > DEEPEST:
            return ""
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg:
                    keywords.setdefault(keyword.arg, keyword.value)
            partial = self.resolve(node.func) == "functools.partial"
            return self._decorator(node.args[0] if partial and node.args else node.func, keywords, depth + 1)
        if name := self.dagster(node):
            return name
        meant = self.expression(node)
        return self._decorator(meant, keywords, depth + 1) if isinstance(meant, ast.Call) else ""

    def _name(self, function: Function, keywords: Mapping[str, ast.expr]) -> str:
        """The key or name that the definition has, as far as the text tells; segments joined by a slash."""
        if whole := self.segments(keywords.get("key")):
            return "/".join(whole)
        name = self.value(keywords.get("name"))
        last = name if isinstance(name, str) else function.name
        return "/".join([*self.segments(keywords.get("key_prefix")), last])

    def segments(self, node: ast.expr | None) -> list[str]:
        """The segments of a key: a text, a list of texts, or an `AssetKey` of them. Empty if not sure."""
        if node is None:
            return []
        meant = self.expression(node)
        if isinstance(meant, ast.Call) and self.dagster(meant.func) == "AssetKey" and meant.args:
            return self.segments(meant.args[0])
        if isinstance(meant, ast.List | ast.Tuple):
            parts = [self.value(item) for item in meant.elts]
            return cast("list[str]", parts) if all(isinstance(part, str) for part in parts) else []
        text = self.value(meant)
        return text.split("/") if isinstance(text, str) else []

    def around(self, node: ast.AST) -> str:
        """The name of the definition whose function the node stands in; empty outside of one."""
        functions: dict[ast.AST, str] = {item.function: item.name for item in self.definitions}
        return next((functions[parent] for parent in (node, *self.parents(node)) if parent in functions), "")

    def problem(
        self, node: Placed, message: str, remedy: str, *, about: str | None = None, fix: Fix | None = None
    ) -> Problem:
        """A problem at a node; about the definition around it unless said otherwise."""
        line, column = node.lineno, self.column(node.lineno, node.col_offset)
        return self.at(
            line, column, message, remedy, about=self.around(node) if about is None else about, fix=fix
        )

    def column(self, line: int, bytes_before: int) -> int:
        """The column from 1 in characters; the tree counts bytes."""
        text = self.tree_lines[line - 1] if line <= len(self.tree_lines) else ""
        return (
            bytes_before if text.isascii() else len(text.encode()[:bytes_before].decode(errors="ignore"))
        ) + 1

    @cached_property
    def tree_lines(self) -> list[str]:
        """The lines as Python's tokenizer counts them: form feeds do not end one."""
        return tree_lines(self.text)

    @cached_property
    def tree_line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def span(self, node: Placed) -> tuple[int, int]:
        """The offsets of a node's first character and of the one after its last."""
        starts = self.tree_line_starts
        last_line = node.end_lineno or node.lineno
        last_byte = node.end_col_offset or node.col_offset
        first = starts[node.lineno - 1] + self.column(node.lineno, node.col_offset) - 1
        return first, starts[last_line - 1] + self.column(last_line, last_byte) - 1

    def edit(self, node: Placed, text: str) -> Edit:
        """The node's text replaced."""
        return Edit(*self.span(node), text)

    def source(self, node: Placed) -> str:
        """The node's text as written."""
        start, end = self.span(node)
        return self.text[start:end]


def _is_main_guard(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id in {"__name__", "TYPE_CHECKING"}
    ) or (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING")


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """What a call is given under a name."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def positional(call: ast.Call, position: int | None) -> ast.expr | None:
    """What a call is given at a position, from 0; None where something before it may be several."""
    if position is None or len(call.args) <= position:
        return None
    is_sure = not any(isinstance(item, ast.Starred) for item in call.args[: position + 1])
    return call.args[position] if is_sure else None
