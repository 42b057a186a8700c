from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Edit, Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile

OLD, NEW = "AutoMaterializePolicy", "AutomationCondition"


@rule("legacy-auto-materialize", severity="warning", fixable=True, mentions=(OLD,))
def check(file: PythonFile) -> Iterable[Problem]:
    """AutoMaterializePolicy is replaced by AutomationCondition.

    What
        A use of `AutoMaterializePolicy`. Mended, as an unsafe fix, is `auto_materialize_policy=AutoMaterializePolicy.eager()`, for
        which Dagster documents `automation_condition=AutomationCondition.eager()`; other policies have no counterpart. The condition
        is not quite the policy: it looks at the latest time partition alone where the policy looks at all, one a minute, and what
        is missing when it is first evaluated stays missing until something upstream changes.

    Why
        Policies are deprecated: they are evaluated by another part of Dagster than conditions, cannot be combined with them,
        and get no new abilities.

    Broken
        import dagster as dg


        @dg.asset(auto_materialize_policy=dg.AutoMaterializePolicy.eager())
        def orders() -> None: ...

    Right
        import dagster as dg


        @dg.asset(automation_condition=dg.AutomationCondition.eager())
        def orders() -> None: ...

    Source
        "Declarative Automation (Recommended)", written with `AutomationCondition`.
    """
    uses = [
        node
        for node in [*file.nodes(ast.Name), *file.nodes(ast.Attribute)]
        if isinstance(node.ctx, ast.Load) and file.resolve(node) == f"dagster.{OLD}"
    ]
    mended = {use: _eager(file, use) for use in uses}
    imported = _import_edits(file, all(mended.values()))
    for use in uses:
        call = mended[use]
        fix = _fix(file, use, call, imported) if call else None
        yield file.problem(use, f"{OLD} is deprecated", f"Use dg.{NEW}", fix=fix)


def _eager(file: PythonFile, use: ast.expr) -> ast.keyword | None:
    """The argument `auto_materialize_policy=<use>.eager()` that the use stands in."""
    attribute = file.index.parents.get(use)
    call = file.index.parents.get(attribute) if attribute else None
    item = file.index.parents.get(call) if call else None
    match attribute, call, item:
        case ast.Attribute(attr="eager"), ast.Call(args=[], keywords=[]), ast.keyword(
            arg="auto_materialize_policy"
        ):
            return item
        case _:
            return None


def _fix(file: PythonFile, use: ast.expr, item: ast.keyword, imported: tuple[Edit, ...] | None) -> Fix | None:
    if isinstance(use, ast.Attribute):
        edit = file.edit(item, f"automation_condition={file.source(use.value)}.{NEW}.eager()")
        return Fix((edit,), safe=False)
    if imported is None:
        return None
    return Fix((file.edit(item, f"automation_condition={NEW}.eager()"), *imported), safe=False)


def _import_edits(file: PythonFile, all_mended: bool) -> tuple[Edit, ...] | None:
    """What the imports become when no use of the old name is left; None if one is left."""
    aliases = [alias for node in file.nodes(ast.ImportFrom) for alias in node.names]
    old = [alias for alias in aliases if alias.name == OLD]
    if not all_mended or len(old) != 1 or any(alias.name == NEW for alias in aliases):
        return None
    return (file.edit(old[0], NEW),)
