from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.tree import ProjectTree


@rule("resource-parameter-untyped", severity="warning")
def check(tree: ProjectTree) -> Iterable[Problem]:
    """A parameter is named like a resource and has no type.

    What
        A parameter of an asset, check or op that has the key of one of the project's resources and no annotation, while no
        asset has that name.

    Why
        Dagster tells resources from inputs by the parameter's type alone. Without one, the parameter is an upstream asset that
        nothing defines; in an asset check it silently receives the checked asset's value.

    Broken
        import dagster as dg

        from my_project.resources import Warehouse


        @dg.asset
        def orders(warehouse) -> None:
            warehouse.load("orders")


        defs = dg.Definitions(assets=[orders], resources={"warehouse": Warehouse()})

    Right
        import dagster as dg

        from my_project.resources import Warehouse


        @dg.asset
        def orders(warehouse: Warehouse) -> None:
            warehouse.load("orders")


        defs = dg.Definitions(assets=[orders], resources={"warehouse": Warehouse()})

    Source
        The platform's sample `def check_non_empty(context, snowflake)`, which receives the asset's value as `snowflake`.
    """
    resources = {name for facts in tree.facts for name in facts.resources}
    assets = {name for facts in tree.facts for item in facts.assets for name in (item.symbol, item.name)}
    for facts in tree.facts:
        for item in () if facts.is_test else facts.untyped:
            if item.symbol in resources - assets:
                yield tree.problem(
                    facts.path,
                    item.line,
                    item.column,
                    f"{item.symbol} is a resource, but without a type Dagster takes it for an asset",
                    f"Annotate the parameter with the resource's class: `{item.symbol}: …`",
                    item.name,
                )
