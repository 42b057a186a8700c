from __future__ import annotations

import re
from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule

_NAMES = re.compile(
    r"(?:my_?|the_?|some_?|new_?)?(?:asset|data|dataset|data_?frame|df|file|output|result|results|stuff|table|temp|tmp"
    r"|thing|untitled|foo|bar|baz)(?:_?\d{1,2})?"
)


@rule("key-generic-name", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset's name says nothing.

    What
        The last segment of a key is a word that fits any asset, such as `data`, `table1`, `output`, `result` or `tmp`.

    Why
        Nobody can tell what it holds, and the next such asset collides with it.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["data", "table1"])
        def table1() -> None: ...


        defs = dg.Definitions(assets=[table1])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["salesforce", "accounts"])
        def accounts() -> None: ...


        defs = dg.Definitions(assets=[accounts])

    Source
        "Generic names: not clear what system they're from, conflicts likely".
    """
    for asset in loaded.defined:
        if _NAMES.fullmatch(asset.key[-1].lower()):
            yield loaded.problem_of(
                asset,
                f"has a name that fits any asset: {asset.key[-1]}",
                "Name it after what it holds",
            )
