from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.clients import openings
from dagway.rules.source.components import components, methods
from dagway.rules.source.names import own_nodes
from dagway.rules.source.python import PythonFile, keyword

LAZY = {"sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "boto3.client", "boto3.resource"}


@rule("component-io-in-build-defs", severity="warning", mentions=("build_defs",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A component reaches out while its definitions are built.

    What
        A request, a connection or the writing of a file inside `build_defs`, outside of the assets that it makes.

    Why
        `build_defs` runs whenever the definitions load: in the code server, the daemon and each process of a run, in editors and
        tests. When the other side is slow or down, nothing loads.

    Broken
        import dagster as dg
        import requests


        class ShopComponent(dg.Component, dg.Resolvable):
            def build_defs(self, context):
                tables = requests.get("https://shop.example.com/tables", timeout=10).json()
                return dg.Definitions(assets=[dg.AssetSpec(table) for table in tables])

    Right
        import dagster as dg
        import requests


        class ShopComponent(dg.Component, dg.Resolvable):
            def build_defs(self, context):
                @dg.asset
                def tables():
                    return requests.get("https://shop.example.com/tables", timeout=10).json()

                return dg.Definitions(assets=[tables])

    Source
        "Component classes in `lib/` handle instantiation and execution"; Dagster keeps outside state in state-backed components.
    """
    reaching = {opening.call: opening for opening in openings(file) if opening.dotted not in LAZY}
    for component in components(file):
        for method in methods(component):
            if method.name != "build_defs":
                continue
            for node in own_nodes(method):
                opening = reaching.get(node) if isinstance(node, ast.Call) else None
                what = opening.what if opening else next(_writes(file, node), "")
                if what and isinstance(node, ast.Call):
                    yield file.problem(
                        node,
                        f"build_defs of {component.name} makes {what}",
                        "Do it in the asset that it builds, or inherit from StateBackedComponent",
                        about=component.name,
                    )


def _writes(file: PythonFile, node: ast.AST) -> Iterator[str]:
    """What a call writes, if it is plain from the text."""
    match node:
        case ast.Call(func=ast.Name(id="open")):
            mode = file.value(keyword(node, "mode") or (node.args[1] if len(node.args) > 1 else None))
            if isinstance(mode, str) and set(mode) & set("wax+"):
                yield "or changes a file"
        case ast.Call(func=ast.Attribute(attr="write_text" | "write_bytes")):
            yield "or changes a file"
        case _:
            return
