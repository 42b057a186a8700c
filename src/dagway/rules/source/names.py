"""What a name in a Python file means: imports, aliases, constants, scopes. One walk over the tree answers it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that an import binds; a relative import's path begins with dots."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Valued:
    """A name that one assignment binds."""

    value: ast.expr


@dataclass(frozen=True, slots=True)
class Opaque:
    """A name bound in a way that says nothing: a parameter, a loop, a function."""

    node: ast.AST


Binding = Imported | Valued | Opaque


@dataclass(eq=False, slots=True)
class Scope:
    """Names bound in a module, class or function, and the scope that is asked next."""

    outer: Scope | None
    is_class: bool = False
    names: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])

    def bind(self, name: str, binding: Binding) -> None:
        self.names.setdefault(name, []).append(binding)

    def find(self, name: str) -> Binding | None:
        """What the name is bound to; None if nothing or several things bind it."""
        bound = self._bound(name)
        return bound[0] if bound and all(other == bound[0] for other in bound) else None

    def _bound(self, name: str) -> list[Binding]:
        if name in self.names or self.outer is None:
            return self.names.get(name, [])
        return self.outer._bound(name)


class Index:
    """Every node of a tree by type, with its parent and, for names, its scope."""

    def __init__(self, tree: ast.Module) -> None:
        self.by_type: dict[type[ast.AST], list[ast.AST]] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.module = Scope(None)
        self.stars: list[str] = []
        self._waiting: list[tuple[ast.AST, Scope]] = [(tree, self.module)]
        self._walk()

    def _walk(self) -> None:
        """A hot loop: each node of each file comes here once."""
        by_type, parents, waiting, binders = self.by_type, self.parents, self._waiting, self._BINDERS
        while waiting:
            node, scope = waiting.pop()
            kind = node.__class__
            if kind in by_type:
                by_type[kind].append(node)
            else:
                by_type[kind] = [node]
            if kind in binders and binders[kind](self, node, scope):
                continue
            for name in _FIELDS[kind]:
                value = getattr(node, name, None)
                if value is None:
                    continue
                if value.__class__ is list:
                    for child in reversed(value):
                        if isinstance(child, ast.AST):
                            parents[child] = node
                            waiting.append((child, scope))
                elif isinstance(value, ast.AST):
                    parents[value] = node
                    waiting.append((value, scope))

    def _children(self, parent: ast.AST, scope: Scope, children: list[ast.AST]) -> None:
        """What is to be visited next, in another scope than the parent's other children."""
        for child in reversed(children):
            self.parents[child] = parent
            self._waiting.append((child, scope))

    def _handler(self, node: ast.ExceptHandler, scope: Scope) -> bool:
        if node.name:
            scope.bind(node.name, Opaque(node))
        return False

    def _name(self, node: ast.Name, scope: Scope) -> bool:
        self.scopes[node] = scope
        if isinstance(node.ctx, ast.Load):
            return True
        parent = self.parents[node]
        match parent:
            case ast.Assign(targets=[_]) if parent.targets[0] is node:
                scope.bind(node.id, Valued(parent.value))
            case ast.AnnAssign(value=ast.expr() as value):
                scope.bind(node.id, Valued(value))
            case ast.AnnAssign():
                pass
            case _:
                scope.bind(node.id, Opaque(node))
        return True

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> bool:
        for alias in node.names:
            if isinstance(node, ast.Import):
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                scope.bind(alias.asname or whole, Imported(whole))
            elif alias.name == "*":
                self.stars.append(module_of(node))
            else:
                module = module_of(node)
                dotted = f"{module}{'' if module.endswith('.') else '.'}{alias.name}"
                scope.bind(alias.asname or alias.name, Imported(dotted))
        return False

    def _function(self, node: Function, scope: Scope) -> bool:
        scope.bind(node.name, Opaque(node))
        inner = Scope(_visible(scope))
        self._parameters(node.args, inner)
        self._children(node, inner, list(node.body))
        returns = [node.returns] if node.returns else []
        self._children(node, scope, [*node.decorator_list, node.args, *returns])
        return True

    def _lambda(self, node: ast.Lambda, scope: Scope) -> bool:
        inner = Scope(_visible(scope))
        self._parameters(node.args, inner)
        self._children(node, inner, [node.body])
        self._children(node, scope, [node.args])
        return True

    def _class(self, node: ast.ClassDef, scope: Scope) -> bool:
        scope.bind(node.name, Opaque(node))
        self._children(node, Scope(_visible(scope), is_class=True), list(node.body))
        self._children(node, scope, [*node.decorator_list, *node.bases, *node.keywords])
        return True

    def _parameters(self, arguments: ast.arguments, scope: Scope) -> None:
        for argument in parameters(arguments):
            scope.bind(argument.arg, Opaque(argument))

    #: What binds names, by type of node; the answer is whether nothing of it is left to visit.
    _BINDERS: ClassVar[dict[type[ast.AST], Callable[[Index, Any, Scope], bool]]] = {
        ast.Name: _name,
        ast.Import: _import,
        ast.ImportFrom: _import,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.Lambda: _lambda,
        ast.ClassDef: _class,
        ast.ExceptHandler: _handler,
    }


#: Fields that never hold nodes that a rule asks for: operators and contexts are one object everywhere.
_PLAIN = {"ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment", "level", "module", "conversion"}


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of a type of node that hold nodes, last first."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        names = () if kind is ast.Constant else kind._fields
        found = self[kind] = tuple(name for name in reversed(names) if name not in _PLAIN)
        return found


_FIELDS = _Fields()


def _visible(scope: Scope) -> Scope | None:
    """The scope that code inside sees around it: functions do not see the names of their class."""
    return scope.outer if scope.is_class else scope


def module_of(node: ast.ImportFrom) -> str:
    """The module as written, with the dots of a relative import."""
    return f"{'.' * node.level}{node.module or ''}"


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, `*args` and `**kwargs` included."""
    several = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several]


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, in the order of the text, without those of functions and classes within."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))
