"""The user's Python files: copied into the package, with the files that they import, and read for their functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dagway.blueprint.load import LoadedBlueprint
from dagway.errors import DagwayError
from dagway.prototype.build.python_source import identifier


@dataclass(frozen=True)
class Parameter:
    """A parameter: its annotation as it is written in another module, or None, and the imports that this needs."""

    name: str
    annotation: str | None
    required: bool
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Function:
    """A function of a user's file, as a generated file calls it.

    Attributes:
        module: dotted, `sales.transforms`.
        returned: the imports that the annotation of what it returns needs.
    """

    module: str
    name: str
    parameters: tuple[Parameter, ...]
    returns: str | None
    returned: tuple[str, ...]

    @property
    def imports(self) -> tuple[str, ...]:
        """The statements that all its annotations need; one of them alone needs fewer."""
        found = (*(statement for item in self.parameters for statement in item.imports), *self.returned)
        return tuple(dict.fromkeys(found))

    @property
    def alias(self) -> str:
        """The name under which a generated file imports the module."""
        return self.module.rpartition(".")[2]

    def is_own(self, annotation: str) -> bool:
        """Whether the annotation is a class of the same file."""
        return f"from {self.module} import {annotation}" in self.imports

    @property
    def import_statement(self) -> str:
        """How a generated file imports the module."""
        package, _, module = self.module.rpartition(".")
        return f"from {package} import {module}"


def module_path(file: str) -> str:
    """Where a user's file lies in the package, each part a Python name."""
    path = PurePosixPath(file)
    return "/".join([*(identifier(part) for part in path.parent.parts), f"{identifier(path.stem)}.py"])


def dotted(package: str, file: str) -> str:
    """The module's name."""
    return f"{package}.{module_path(file).removesuffix('.py').replace('/', '.')}"


def python_files(loaded: LoadedBlueprint) -> dict[str, str]:
    """The Python files that the blueprint names and, transitively, those beside them that they import."""
    root = loaded.path.parent
    found = {name: text for name, text in loaded.files.items() if name.endswith(".py")}
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        for imported in _imported_files(found[name], name, root):
            if imported not in found:
                found[imported] = (root / imported).read_text(encoding="utf-8")
                waiting.append(imported)
    return found


def tree(text: str, name: str) -> ast.Module:
    """The file's syntax tree.

    Raises:
        DagwayError: it is no Python.
    """
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise DagwayError(f"{name}:{line} is no Python: {error}.", "Mend the file and build again.") from None


def _imported_files(text: str, name: str, root: Path) -> Iterator[str]:
    folder = PurePosixPath(name).parent
    for node in ast.walk(tree(text, name)):
        for module in _modules(node):
            candidate = (folder / f"{module.replace('.', '/')}.py").as_posix()
            path = root / candidate
            if path.is_file() and path.resolve().is_relative_to(root.resolve()):
                yield candidate


def _modules(node: ast.AST) -> Iterable[str]:
    """Modules beside the file that the statement may mean."""
    match node:
        case ast.Import(names=names):
            return [item.name for item in names]
        case ast.ImportFrom(module=str(module), level=0 | 1):
            return [module]
        case ast.ImportFrom(module=None, names=names, level=1):
            return [item.name for item in names]
        case _:
            return []


def in_package(text: str, name: str, package: str, files: Iterable[str]) -> str:
    """The file's text with imports of files beside it, `from helpers import x`, turned into imports of the package."""
    folder = PurePosixPath(name).parent
    beside = {
        file.removesuffix(".py").removeprefix(f"{folder}/" if str(folder) != "." else "").replace("/", ".")
        for file in files
    }
    lines = text.split("\n")
    nodes = [node for node in ast.walk(tree(text, name)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in sorted(nodes, key=lambda item: -item.lineno):
        statement = _rewritten(
            node, beside, ".".join([package, *(identifier(part) for part in folder.parts)])
        )
        if statement:
            indent = re.match(r"\s*", lines[node.lineno - 1])
            lines[node.lineno - 1 : node.end_lineno] = [(indent[0] if indent else "") + statement]
    return "\n".join(lines)


def _rewritten(node: ast.Import | ast.ImportFrom, beside: set[str], package: str) -> str | None:
    match node:
        case ast.ImportFrom(module=str(module), level=0, names=names) if module in beside:
            return f"from {package}.{module} import {', '.join(_alias(item) for item in names)}"
        case ast.Import(names=names) if any(item.name in beside for item in names):
            return "; ".join(
                f"from {package} import {_alias(item)}" if item.name in beside else f"import {_alias(item)}"
                for item in names
            )
        case _:
            return None


def _alias(item: ast.alias) -> str:
    return f"{item.name} as {item.asname}" if item.asname else item.name


def functions(files: Mapping[str, str], package: str) -> dict[str, Function]:
    """Every function at the top level of the files, by `file.py:function`."""
    found: dict[str, Function] = {}
    for file, text in files.items():
        module = tree(text, file)
        reader = _Annotations(module, dotted(package, file))
        for node in module.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[f"{file}:{node.name}"] = reader.function(node)
    return found


class _Annotations:
    """Annotations of one file, written so that another file can use them."""

    def __init__(self, module: ast.Module, dotted_name: str) -> None:
        self._module = dotted_name
        self._imports: dict[str, str] = {}
        self._local: set[str] = set()
        for node in ast.walk(module):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                for item in names:
                    self._imports[item.asname or item.name.split(".")[0]] = f"import {_alias(item)}"
            case ast.ImportFrom(module=str(module), level=level, names=names):
                source = module if level == 0 else f"{self._module.rpartition('.')[0]}.{module}"
                for item in names:
                    self._imports[item.asname or item.name] = f"from {source} import {_alias(item)}"
            case ast.ClassDef(name=name):
                self._local.add(name)
            case _:
                pass

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
        positional = [*node.args.posonlyargs, *node.args.args]
        optional = len(node.args.defaults)
        required = {item.arg for item in positional[: len(positional) - optional]}
        required |= {
            item.arg
            for item, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default is None
        }
        parameters = tuple(
            Parameter(item.arg, source, item.arg in required, needs)
            for item in [*positional, *node.args.kwonlyargs]
            for source, needs in [self._source(item.annotation)]
        )
        return Function(self._module, node.name, parameters, *self._source(node.returns))

    def _source(self, annotation: ast.expr | None) -> tuple[str | None, tuple[str, ...]]:
        """The annotation, and the imports that it needs."""
        if annotation is None:
            return None, ()
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        names = sorted({node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)})
        own = {name: f"from {self._module} import {name}" for name in names if name in self._local}
        used = {name: self._imports[name] for name in names if name in self._imports} | own
        return ast.unparse(annotation), tuple(used.values())
