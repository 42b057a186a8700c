"""The project's README: what it is for, what flows where, how it runs."""

from __future__ import annotations

from collections.abc import Iterable

from dagway.blueprint.load import LoadedBlueprint
from dagway.prototype.build.attributes import described
from dagway.prototype.build.files import header
from dagway.prototype.build.resources import DEMO_DATABASE
from dagway.prototype.build.template import fill
from dagway.prototype.model import Plan, PlannedAsset, slash
from dagway.prototype.planning.demo import is_demo_duckdb

MOST_DRAWN = 80
"""Above this, a graph of assets cannot be read: groups are drawn instead."""


def readme_md(loaded: LoadedBlueprint, plan: Plan) -> bytes:
    """The page."""
    return fill(
        "README.md.j2",
        header=header("the whole of it"),
        plan=plan,
        cell=cell,
        described=described,
        graph=mermaid(plan.assets),
        assets=plan.assets,
        slash=slash,
        unfinished=[asset for asset in plan.assets if asset.scaffolded],
        unbuilt=[asset for asset in plan.assets if not asset.buildable],
        environments=sorted(name for name in loaded.environments if name != "demo"),
        demo_database=DEMO_DATABASE if is_demo_duckdb(loaded.blueprint) else None,
        first=slash(plan.assets[0].key) if plan.assets else "group/name",
        secrets=[variable.name for variable in plan.variables if variable.secret],
    )


def cell(text: str | None) -> str:
    """Text as the cell of a table."""
    return " ".join((text or "–").split()).replace("|", "\\|")


def mermaid(assets: Iterable[PlannedAsset]) -> str:
    """The data flow: from each asset to what is made of it."""
    drawn = [asset for asset in assets if asset.buildable]
    if len(drawn) > MOST_DRAWN:
        names = {asset.key: asset.group for asset in drawn}
        nodes = list(dict.fromkeys(names.values()))
    else:
        names = {asset.key: slash(asset.key) for asset in drawn}
        nodes = list(names.values())
    numbers = {name: f"a{number}" for number, name in enumerate(nodes)}
    pairs = [(names[dep], names[asset.key]) for asset in drawn for dep in asset.deps if dep in names]
    edges = dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])
    lines = [f'  {number}["{name}"]' for name, number in numbers.items()]
    return "\n".join(
        ["graph LR", *lines, *(f"  {numbers[start]} --> {numbers[end]}" for start, end in edges)]
    )
