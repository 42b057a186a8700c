"""Where code and YAML read environment variables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dagway.rules.source.python import PythonFile
from dagway.rules.source.yaml import YamlFile

_TEMPLATE = re.compile(
    r"\benv(?:_var)?\(\s*['\"](?P<name>[A-Za-z_][A-Za-z0-9_]*)['\"]\s*(?P<default>,)?|"
    r"\benv\.(?P<dotted>[A-Za-z_][A-Za-z0-9_]*)"
)
_NAMES = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that is read.

    Attributes:
        needed: without it something fails: there is no default, and nothing asks whether it is set.
    """

    name: str
    line: int
    column: int
    needed: bool


@dataclass(frozen=True, eq=False)
class EnvironmentRead:
    """One read in Python; `deferred` ones say only where the value comes from: `EnvVar`."""

    node: ast.expr
    name: str
    has_default: bool
    deferred: bool


def reads(file: PythonFile) -> Iterator[EnvironmentRead]:
    """Every read of an environment variable; the name is empty where the text does not tell it."""
    for call in file.nodes(ast.Call):
        if read := _call(file, call):
            yield read
    for subscript in file.nodes(ast.Subscript):
        if isinstance(subscript.ctx, ast.Load) and file.resolve(subscript.value) == "os.environ":
            yield EnvironmentRead(subscript, _text(file, subscript.slice), False, False)


def _call(file: PythonFile, call: ast.Call) -> EnvironmentRead | None:
    dotted = file.resolve(call.func)
    first = call.args[0] if call.args else None
    if dotted in {"os.getenv", "os.environ.get"}:
        has_default = len(call.args) > 1 or bool(call.keywords)
        return EnvironmentRead(call, _text(file, first), has_default, False)
    if dotted.startswith("dagster") and dotted.endswith((".EnvVar", ".EnvVar.int")):
        return EnvironmentRead(call, _text(file, first), False, True)
    return None


def _text(file: PythonFile, node: ast.expr | None) -> str:
    value = file.value(node)
    return value if isinstance(value, str) else ""


def python_variables(file: PythonFile) -> Iterator[Variable]:
    for read in reads(file):
        if read.name:
            column = file.column(read.node.lineno, read.node.col_offset)
            needed = not read.has_default and not is_optional(file, read)
            yield Variable(read.name, read.node.lineno, column, needed)


def is_optional(file: PythonFile, read: EnvironmentRead) -> bool:
    """Whether the code goes on without the variable: it sets it or asks for it, has another value, or catches its lack."""
    return _is_optional(file, read.node) or read.name in _provided(file)


def _provided(file: PythonFile) -> Iterator[str]:
    """Variables that the file sets by itself, and those of which it asks whether they are there and then goes on without."""
    for subscript in file.nodes(ast.Subscript):
        if isinstance(subscript.ctx, ast.Store) and file.resolve(subscript.value) == "os.environ":
            yield _text(file, subscript.slice)
    for call in file.nodes(ast.Call):
        if file.resolve(call.func) in {"os.environ.setdefault", "os.putenv"} and call.args:
            yield _text(file, call.args[0])
    for compare in file.nodes(ast.Compare):
        is_there = any(isinstance(one, ast.In | ast.NotIn) for one in compare.ops)
        if is_there and file.resolve(compare.comparators[-1]) == "os.environ":
            around = file.index.parents.get(compare)
            insists = isinstance(around, ast.If) and isinstance(around.body[-1], ast.Raise)
            if not insists and not isinstance(around, ast.Assert):
                yield _text(file, compare.left)


def _is_optional(file: PythonFile, node: ast.expr) -> bool:
    inside: ast.AST = node
    for parent in file.parents(node):
        match parent:
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.NamedExpr():
                return True
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if test is inside:
                return True
            case ast.keyword(arg="default") | ast.Attribute(attr="get_value"):
                return True
            case ast.Call(func=ast.Attribute(attr="get"), args=[_, other]) if other is inside:
                return True
            case ast.Assign(targets=[ast.Name(id=name)]) if isinstance(node, ast.Call):
                return _is_asked_for(file, name) or _is_tried(file, parent)
            case ast.Return():
                return _may_return_none(file, parent) or _is_tried(file, parent)
            case ast.stmt():
                return _is_tried(file, parent)
            case _:
                inside = parent
    return False


def _may_return_none(file: PythonFile, statement: ast.Return) -> bool:
    """Whether the function says by its type that it may give nothing: then its callers ask."""
    function = file.function(statement)
    returned = None if function is None or isinstance(function, ast.Lambda) else function.returns
    return returned is not None and bool({"None", "Optional"} & set(_NAMES.findall(ast.unparse(returned))))


def _is_tried(file: PythonFile, statement: ast.AST) -> bool:
    return any(isinstance(around, ast.Try) for around in file.parents(statement))


def _is_asked_for(file: PythonFile, name: str) -> bool:
    """Whether the file looks if the variable that keeps the value is empty."""
    loads = (node for node in file.nodes(ast.Name) if node.id == name and isinstance(node.ctx, ast.Load))
    return any(_is_condition(file.index.parents.get(node), node) for node in loads)


def _is_condition(parent: ast.AST | None, node: ast.Name) -> bool:
    match parent:
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            return test is node
        case _:
            return False


def yaml_variables(file: YamlFile) -> Iterator[Variable]:
    """The variables in templates: `{{ env('NAME') }}`, `{{ env.NAME }}`, and dbt's `env_var('NAME')` in profiles."""
    if not (file.is_component or file.is_profiles):
        return
    for _, node in file.scalars:
        if "env" not in node.value or "{{" not in node.value:
            continue
        for match in _TEMPLATE.finditer(node.value):
            name = match["name"] or match["dotted"]
            mark = node.start_mark
            yield Variable(name, mark.line + 1, mark.column + 1, not match["default"])
