from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dagway.rules.installed import Lookup, is_shadowed, lookup, nearest
from dagway.rules.model import Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import module_of
from dagway.rules.source.python import PythonFile

#: What took a name's place, where it is known; everything else is only checked against what is installed.
REPLACED = {
    "dagster_dg.load_defs": "dagster.load_from_defs_folder (or a @dg.definitions function that calls it)",
    "dagster_dg": "dagster (load_from_defs_folder, components) and the dg command line",
    "dagster_dbt.load_assets_from_dbt_project": "dagster_dbt.DbtProjectComponent or @dagster_dbt.dbt_assets",
    "dagster_dbt.load_assets_from_dbt_manifest": "dagster_dbt.DbtProjectComponent or @dagster_dbt.dbt_assets",
    "dagster.InternalFreshnessPolicy": "dagster.FreshnessPolicy",
    "dagster.components.component": "a class that inherits from dagster.Component; its name is its YAML type",
    "dagster.solid": "dagster.op",
    "dagster.pipeline": "dagster.job",
    "dagster.composite_solid": "dagster.graph",
    "dagster.ModeDefinition": "resources of dagster.Definitions",
    "dagster.PresetDefinition": "dagster.RunConfig",
}
#: Names with the same meaning and arguments under another name.
RENAMED = {"dagster.InternalFreshnessPolicy": "FreshnessPolicy", "dagster.solid": "op"}
#: Gone from every release of an integration that goes with a supported Dagster: sure also where it is not installed.
GONE_NAMES = frozenset(
    {"dagster_dbt.load_assets_from_dbt_project", "dagster_dbt.load_assets_from_dbt_manifest"}
)
#: Packages that are no longer made; one that is only not installed here is no finding.
GONE = frozenset({"dagster_dg"})


@rule("removed-api", in_tests=True, severity="error", fixable=True, mentions=("dagster",))
def check(file: PythonFile) -> Iterable[Problem]:
    """The installed Dagster has no such name.

    What
        A name imported from one of Dagster's packages, or used on one, that the installed version does not have; also a
        module called as if it were a function. What is installed is asked, not a list, so a name that a newer Dagster
        drops is found the day that it is installed. Imports inside `try` and under a comparison of versions are left alone.

    Why
        The import fails, and with it every definition of the code location.

    Broken
        import dagster as dg
        from dagster_dg import load_defs

        policy = dg.InternalFreshnessPolicy

    Right
        import dagster as dg

        policy = dg.FreshnessPolicy

    Source
        The prototype's own samples: `from dagster_dg import load_defs`, `InternalFreshnessPolicy`, `@component(name=…)`.
    """
    for node in file.nodes(ast.ImportFrom):
        if module_of(node).startswith("dagster"):
            yield from _imported(file, node)
    for node in file.nodes(ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] in GONE and not _is_guarded(file, node):
                yield _problem(file, alias, alias.name)
    yield from _attributes(file)
    for call in file.nodes(ast.Call):
        dotted = file.resolve(call.func)
        if dotted in REPLACED and lookup(dotted) is Lookup.MODULE:
            yield _problem(file, call.func, dotted, "is a module, and cannot be called")


def _imported(file: PythonFile, node: ast.ImportFrom) -> Iterator[Problem]:
    module = module_of(node)
    for alias in node.names:
        dotted = f"{module}.{alias.name}"
        found = lookup(dotted)
        absent = module.partition(".")[0] in GONE or found is Lookup.ABSENT
        absent = absent or (found is Lookup.UNKNOWN and dotted in GONE_NAMES)
        if absent and not _is_guarded(file, node):
            fix = None
            if (new := RENAMED.get(dotted)) and not alias.asname:
                uses = [name for name in file.nodes(ast.Name) if file.resolve(name) == dotted]
                fix = Fix((file.edit(alias, new), *(file.edit(name, new) for name in uses)))
            yield _problem(file, alias, dotted, fix=fix)


def _attributes(file: PythonFile) -> Iterator[Problem]:
    for node in file.nodes(ast.Attribute):
        dotted = file.resolve(node) if isinstance(node.value, ast.Name) else ""
        if _is_absent(dotted) and isinstance(node.ctx, ast.Load) and not _is_guarded(file, node):
            new = RENAMED.get(dotted)
            edit = new and file.edit(node, f"{file.source(node.value)}.{new}")
            yield _problem(file, node, dotted, fix=Fix((edit,)) if edit else None)


def _is_absent(dotted: str) -> bool:
    """Whether a module that is installed lacks the name."""
    if dotted in GONE_NAMES:
        return lookup(dotted) in {Lookup.ABSENT, Lookup.UNKNOWN}
    module = dotted.rpartition(".")[0]
    return lookup(dotted) is Lookup.ABSENT and lookup(module) is Lookup.MODULE and not is_shadowed(module)


def _problem(
    file: PythonFile, node: ast.alias | ast.expr, dotted: str, what: str = "", fix: Fix | None = None
) -> Problem:
    package = dotted.partition(".")[0]
    gone = "is of a package that is no longer made" if package in GONE else f"is not in the {_owner(package)}"
    new = REPLACED.get(dotted) or REPLACED.get(package) or nearest(dotted)
    remedy = f"Use {new}" if new else "Look up its replacement in Dagster's migration guide"
    return file.problem(node, f"{dotted} {what or gone}", remedy, fix=fix)


def _owner(package: str) -> str:
    return (
        f"installed {package}"
        if lookup(package) is Lookup.MODULE
        else f"{package} of the installed dagster's release"
    )


def _is_guarded(file: PythonFile, node: ast.AST) -> bool:
    """Whether the code expects the name to be absent at times."""
    for parent in file.parents(node):
        if isinstance(parent, ast.Try) or (isinstance(parent, ast.If) and _chooses_import(parent)):
            return True
        if isinstance(parent, ast.If) and any(
            word in ast.unparse(parent.test).lower() for word in ("version", "hasattr", "type_checking")
        ):
            return True
    return False


def _chooses_import(choice: ast.If) -> bool:
    """Whether both branches import something: one of them for another version."""
    branches = (choice.body, choice.orelse)
    return all(any(isinstance(item, ast.ImportFrom | ast.Import) for item in branch) for branch in branches)
