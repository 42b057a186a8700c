from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.components import is_abstract, methods
from dagway.rules.source.names import parameters
from dagway.rules.source.python import PythonFile

SCHEMAS = {"get_model_cls", "get_schema", "get_component_schema"}


@rule("component-not-resolvable", severity="warning", mentions=("Component",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A component has no schema for its YAML.

    What
        A class that inherits from `Component` and is neither `Resolvable`, as a dataclass or with an annotated `__init__`, nor a
        `Model`. Abstract classes, and classes that make their schema themselves, are left alone.

    Why
        Dagster derives what may stand in `defs.yaml` from the fields. Without them the component takes no attributes, no editor
        completes them, and a mistake in the YAML is found only when something fails.

    Broken
        import dagster as dg


        class ShopComponent(dg.Component):
            def __init__(self, table):
                self.table = table

            def build_defs(self, context):
                return dg.Definitions()

    Right
        from dataclasses import dataclass

        import dagster as dg


        @dataclass
        class ShopComponent(dg.Component, dg.Resolvable):
            table: str

            def build_defs(self, context):
                return dg.Definitions()

    Source
        "use the `@dataclass` decorator with `Resolvable` for automatic YAML schema generation".
    """
    for node in file.nodes(ast.ClassDef):
        bases = {file.dagster(base) for base in node.bases}
        if "Component" not in bases or "" in bases or is_abstract(file, node):
            continue
        if any(method.name in SCHEMAS for method in methods(node)) or "Model" in bases:
            continue
        if "Resolvable" not in bases:
            # Without build_defs nobody can make one: the classes that inherit from it have the schemas.
            if not any(method.name == "build_defs" for method in methods(node)):
                continue
            yield _problem(
                file, node, "is not Resolvable", "Inherit from dg.Resolvable too, and make it a @dataclass"
            )
        elif not _has_fields(node):
            yield _problem(
                file, node, "is Resolvable but has no fields to resolve", "Make the class a @dataclass"
            )


def _has_fields(node: ast.ClassDef) -> bool:
    if node.decorator_list:
        return True
    made = next((method for method in methods(node) if method.name == "__init__"), None)
    if made is None:
        return not any(isinstance(item, ast.AnnAssign) for item in node.body)
    return all(argument.annotation for argument in parameters(made.args)[1:])


def _problem(file: PythonFile, node: ast.ClassDef, what: str, remedy: str) -> Problem:
    return file.problem(
        node, f"the component {node.name} {what}: its YAML has no schema", remedy, about=node.name
    )
