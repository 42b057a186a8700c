from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from dagway.rules.installed import Lookup, is_shadowed, lookup, nearest
from dagway.rules.model import Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import module_of
from dagway.rules.source.python import PythonFile

_DBT = "dagster_dbt.DbtProjectComponent or @dagster_dbt.dbt_assets"
_SCHEDULE = "dagster.build_schedule_from_partitioned_job"
#: What took a name's place, where it is known; everything else is only checked against what is installed.
REPLACED = {
    "dagster_dg.load_defs": "dagster.load_from_defs_folder (or a @dg.definitions function that calls it)",
    "dagster_dg": "dagster (load_from_defs_folder, components) and the dg command line",
    "dagster_dbt.load_assets_from_dbt_project": _DBT,
    "dagster_dbt.load_assets_from_dbt_manifest": _DBT,
    "dagster.load_assets_from_dbt_project": _DBT,
    "dagster.load_assets_from_dbt_manifest": _DBT,
    "dagster.dbt_assets": "dagster_dbt.dbt_assets",
    "dagster.InternalFreshnessPolicy": "dagster.FreshnessPolicy",
    "dagster.components.component": "a class that inherits from dagster.Component; its name is its YAML type",
    "dagster.AssetGroup": "assets and resources of dagster.Definitions",
    "dagster.CompositeSolidDefinition": "dagster.GraphDefinition",
    "dagster.DynamicOutputDefinition": "dagster.DynamicOut",
    "dagster.EventMetadataEntry": "dagster.MetadataValue",
    "dagster.ExperimentalWarning": "dagster.PreviewWarning or dagster.BetaWarning",
    "dagster.InputDefinition": "dagster.In",
    "dagster.Materialization": "dagster.AssetMaterialization",
    "dagster.ModeDefinition": "resources of dagster.Definitions",
    "dagster.OutputDefinition": "dagster.Out",
    "dagster.PipelineDefinition": "dagster.JobDefinition",
    "dagster.PipelineRun": "dagster.DagsterRun",
    "dagster.PipelineRunStatus": "dagster.DagsterRunStatus",
    "dagster.PresetDefinition": "dagster.RunConfig",
    "dagster.RootInputManagerDefinition": "dagster.InputManagerDefinition",
    "dagster.SolidDefinition": "dagster.OpDefinition",
    "dagster.SolidExecutionContext": "dagster.OpExecutionContext",
    "dagster.build_solid_context": "dagster.build_op_context",
    "dagster.composite_solid": "dagster.graph",
    "dagster.execute_pipeline": "execute_in_process of the job, or dagster.execute_job",
    "dagster.lambda_solid": "dagster.op",
    "dagster.multiple_process_executor": "dagster.multiprocess_executor",
    "dagster.pipeline": "dagster.job",
    "dagster.pipeline_failure_sensor": "dagster.run_failure_sensor",
    "dagster.root_input_manager": "dagster.input_manager",
    "dagster.solid": "dagster.op",
    **{f"dagster.{each}_schedule": _SCHEDULE for each in ("hourly", "daily", "weekly", "monthly")},
}
#: Names with the same meaning under another name.
RENAMED = {"dagster.InternalFreshnessPolicy": "FreshnessPolicy", "dagster.solid": "op"}
#: The arguments that the other name takes as well, where it does not take all.
SAME_ARGUMENTS = {
    "dagster.solid": {
        "name",
        "description",
        "config_schema",
        "required_resource_keys",
        "tags",
        "retry_policy",
    }
}
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
        A name or module imported from one of Dagster's packages, or a name used on one, that the installed version does not
        have; also a module called as if it were a function. What is installed is asked, not a list, so a name that a newer Dagster
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
            gone = alias.name.partition(".")[0] in GONE or lookup(alias.name) is Lookup.ABSENT
            if gone and not _is_guarded(file, node):
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
            yield _problem(file, alias, dotted, fix=None if alias.asname else _renamed(file, alias, dotted))


def _renamed(file: PythonFile, alias: ast.alias, dotted: str) -> Fix | None:
    """The other name wherever this one is used; none if it means something else in the file, or is not all the same."""
    new = RENAMED.get(dotted)
    if not new or re.search(rf"\b{new}\b", file.text):
        return None
    uses = [name for name in file.nodes(ast.Name) if file.resolve(name) == dotted]
    named = any(text.value == alias.name for text in file.nodes(ast.Constant))
    if named or not all(_means_the_same(file, name, dotted) for name in uses):
        return None
    return Fix((file.edit(alias, new), *(file.edit(name, new) for name in uses)))


def _means_the_same(file: PythonFile, node: ast.expr, dotted: str) -> bool:
    """Whether it is a decorator, or is called with arguments, that the other name understands as well."""
    same, parent = SAME_ARGUMENTS.get(dotted), file.index.parents[node]
    if same is None or isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    if not isinstance(parent, ast.Call) or parent.func is not node or parent.args:
        return False
    return all(item.arg in same for item in parent.keywords)


def _attributes(file: PythonFile) -> Iterator[Problem]:
    for node in file.nodes(ast.Attribute):
        dotted = file.resolve(node) if isinstance(node.value, ast.Name) else ""
        if _is_absent(dotted) and isinstance(node.ctx, ast.Load) and not _is_guarded(file, node):
            new = RENAMED.get(dotted) if _means_the_same(file, node, dotted) else None
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
