from __future__ import annotations

import re
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.components import components, fields
from dagway.rules.source.python import PythonFile

_NAME = re.compile(r"^(?P<field>\w+?)_?env(?:ironment)?(?:_?var(?:iable)?)(?:_?name)?$")


@rule("component-secret-env-name", severity="warning", mentions=("Component",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A component takes the name of a variable instead of its value.

    What
        A component's field such as `api_key_env_var`.

    Why
        Dagster's YAML reads variables itself: `{{ env('API_KEY') }}`. A field for the name reads the variable behind Dagster's
        back: `dg list env` does not know of it, a default cannot be given, and the value cannot come from anywhere else.

    Broken
        from dataclasses import dataclass

        import dagster as dg


        @dataclass
        class ShopComponent(dg.Component, dg.Resolvable):
            api_key_env_var: str

    Right
        from dataclasses import dataclass

        import dagster as dg


        @dataclass
        class ShopComponent(dg.Component, dg.Resolvable):
            api_key: str

    Source
        "Use `{{ env('VAR_NAME') }}` in component YAML for templating".
    """
    for component in components(file):
        for name, node in fields(component):
            if match := _NAME.match(name):
                field = match["field"]
                yield file.problem(
                    node,
                    f"the field {name} of {component.name} takes the name of a variable",
                    f"Take the value, `{field}: str`, and write `{field}: \"{{{{ env('…') }}}}\"` in the YAML",
                    about=component.name,
                )
