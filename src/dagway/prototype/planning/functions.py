"""Python assets: what a function's parameters mean, read from its source and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from dagway.blueprint.model import Asset
from dagway.prototype.model import AssetKey, How, PlannedAsset, PlannedCheck, slash
from dagway.prototype.planning.checks import is_declarative, planned_checks
from dagway.prototype.planning.common import (
    UNDECIDED,
    columns_of,
    incremental_of,
    keys_together,
    kinds_of,
    partitions_of,
    together,
)
from dagway.prototype.planning.naming import naming
from dagway.prototype.planning.queries import declared_deps, read_checks
from dagway.prototype.planning.scope import Scope, meant
from dagway.sql import table_name

_LIBRARIES = {"pd": "pandas", "pandas": "pandas", "pl": "polars", "polars": "polars"}
_GIVEN = ("context", "warehouse")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Signature:
    """A function as its source says; a function that does not exist has no parameters."""

    exists: bool
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    returns: str = ""
    summary: str = ""
    line: int = 1
    column: int = 1

    @property
    def libraries(self) -> tuple[str, ...]:
        """The data frame libraries that the annotations name."""
        words = [part for text in (*self.parameters.values(), self.returns) for part in _words(text)]
        return together(_LIBRARIES[word] for word in words if word in _LIBRARIES)


def plan_function(scope: Scope, key: AssetKey, asset: Asset, reference: str) -> PlannedAsset:
    """The asset of a function, `file.py:function`."""
    signature = signature_of(scope, key, reference)
    declared = declared_deps(asset)
    parameters = _meanings(scope, key, reference, signature, declared)
    checks = planned_checks(asset.checks)
    read_checks(scope, asset.checks, ("assets", slash(key)))
    how, component, reason = how_of(reference, checks, exists=signature.exists)
    return PlannedAsset(
        key=key,
        role="python",
        how=how,
        component=component,
        reason=reason,
        integration="python",
        alternatives=("dagster.FunctionComponent", "dagster.PythonScriptComponent"),
        naming=naming(key),
        description=asset.description or signature.summary,
        group=asset.group or key[0],
        owners=together(scope.blueprint.owners, asset.owners),
        tags={**scope.blueprint.tags, **asset.tags},
        kinds=kinds_of(asset.kinds, ("python", *signature.libraries)),
        automation=UNDECIDED,
        table=table_name(key),
        deps=keys_together(declared, [dep for dep in parameters.values() if dep]),
        columns=columns_of(asset.columns),
        checks=checks,
        partitions=partitions_of(asset.partitions),
        incremental=incremental_of(asset.incremental),
        freshness=asset.freshness,
        python=reference,
        parameters=parameters,
        scaffolded=not signature.exists,
        meets=asset.meets,
    )


def how_of(reference: str, checks: tuple[PlannedCheck, ...], *, exists: bool) -> tuple[How, str | None, str]:
    """How the asset of a function is built, by which component, and why."""
    name = reference.partition(":")[2]
    reason = f"custom logic in a function: {name} stays Python"
    if not exists:
        reason = f"{name} does not exist yet: a typed skeleton that raises, and a test that fails until it is written"
    if any(map(is_declarative, checks)):
        return (
            "both",
            "dagway.components.DataChecks",
            f"{reason}; its checks are declarative, so a component runs them",
        )
    return "python", None, reason


def signature_of(scope: Scope, key: AssetKey, reference: str) -> Signature:
    """The function's parameters with their annotations; source that is no Python is a mistake at its line."""
    path, _, name = reference.partition(":")
    try:
        tree = _parsed(scope.loaded.files.get(path, ""))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = (getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1)
        scope.mistake_in_file(
            path, at, f"this is no Python: {getattr(error, 'msg', error)}", "correct the file"
        )
        return Signature(exists=True)
    found = next(
        (node for node in reversed(tree.body) if isinstance(node, Function) and node.name == name), None
    )
    if found:
        return _signature(found)
    if name in _bound(tree):
        scope.mistake(
            ("assets", slash(key), "python"),
            f"`{name}` is no function that {path} defines",
            f"define it there with `def {name}(…)`, so that its parameters can be read",
        )
        return Signature(exists=True)
    return Signature(exists=False)


def unwritten(scope: Scope) -> Iterator[str]:
    """A note for each function that does not exist yet: its skeleton raises."""
    named = [(f"assets/{key}", asset.python) for key, asset in scope.blueprint.assets.items() if asset.python]
    lines = [(f"assets/{key}", asset.checks) for key, asset in scope.blueprint.assets.items()]
    for name, source in scope.blueprint.sources.items():
        lines += [(f"sources/{name}/{table}", source.table(table).checks) for table in source.tables]
    named += [(line, check.python) for line, checks in lines for check in checks if check.python]
    named += [(f"sensors/{name}", one.python) for name, one in scope.blueprint.sensors.items() if one.python]
    for line, reference in named:
        if not _is_written(scope, reference):
            yield to_write(reference) + line


def to_write(reference: str) -> str:
    """The beginning of the note about a function, up to the line that needs it."""
    return f"still to be written, by a person: {reference}, for "


def _is_written(scope: Scope, reference: str) -> bool:
    path, _, name = reference.partition(":")
    try:
        tree = _parsed(scope.loaded.files.get(path, ""))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # whether it is Python is another question
    return name in _bound(tree) or any(isinstance(node, Function) and node.name == name for node in tree.body)


@lru_cache(maxsize=256)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _signature(function: Function) -> Signature:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return Signature(
        exists=True,
        parameters={argument.arg: _text(argument.annotation) for argument in named},
        returns=_text(function.returns),
        summary=(ast.get_docstring(function) or "").partition("\n")[0],
        line=function.lineno,
        column=function.col_offset + 1,
    )


def _text(annotation: ast.expr | None) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation) if annotation else ""


def _bound(tree: ast.Module) -> Iterator[str]:
    """Names that a module has by other ways than `def`."""
    for node in tree.body:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name for alias in names)
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                continue


def _words(annotation: str) -> list[str]:
    return (
        annotation.replace("[", " ")
        .replace("]", " ")
        .replace(".", " ")
        .replace("|", " ")
        .replace(",", " ")
        .split()
    )


def _meanings(
    scope: Scope, key: AssetKey, reference: str, signature: Signature, declared: tuple[AssetKey, ...]
) -> Mapping[str, AssetKey | None]:
    """Each parameter's upstream asset, None for a resource. A function to be written takes what `deps` names."""
    if not signature.exists:
        return {_parameter(dep, declared): dep for dep in declared}
    return {name: _meaning(scope, key, reference, signature, declared, name) for name in signature.parameters}


def _parameter(dep: AssetKey, declared: tuple[AssetKey, ...]) -> str:
    alone = sum(other[-1] == dep[-1] for other in declared) == 1
    return dep[-1] if alone else "_".join(dep)


def _meaning(
    scope: Scope,
    key: AssetKey,
    reference: str,
    signature: Signature,
    declared: tuple[AssetKey, ...],
    name: str,
) -> AssetKey | None:
    candidates = [other for other in scope.names.get(name, ()) if other != key]
    wanted = [other for other in candidates if other in declared] or candidates
    if name not in _GIVEN and len(wanted) == 1 and not _is_resource(signature.parameters[name]):
        return wanted[0]
    if name in _GIVEN or name in scope.resources or _is_resource(signature.parameters[name]):
        return None
    path, _, function = reference.partition(":")
    at = (signature.line, signature.column)
    if wanted:
        choices = " or ".join(f"`{slash(other)}`" for other in wanted)
        scope.mistake_in_file(
            path,
            at,
            f"the parameter `{name}` of {function} could be {choices}",
            f"name the one that is meant in `deps` of {slash(key)}, or call the parameter `{'_'.join(wanted[0])}`",
        )
    else:
        known = [
            known
            for known in (*scope.names, *scope.resources, *_GIVEN)
            if known not in {key[-1], "_".join(key)}
        ]
        scope.mistake_in_file(
            path,
            at,
            f"the parameter `{name}` of {function} is no asset and no resource",
            meant(
                name, known, "call it like the last part of an asset's key, or annotate it with its resource"
            ),
        )
    return None


def _is_resource(annotation: str) -> bool:
    words = _words(annotation)
    return bool(words) and words[-1].endswith(("Resource", "Context", "Warehouse", "Database", "Client"))
