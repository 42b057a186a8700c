from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile, keyword


@rule("definitions-manual", severity="note", mentions=("Definitions",))
def check(file: PythonFile, *, most: int = 5) -> Iterable[Problem]:
    """Assets are listed by hand.

    What
        `Definitions(assets=[…])` that names more assets than `most`, one by one. Loading from the defs folder would find them.

    Why
        A new asset that is forgotten in the list does not exist for Dagster, and nothing says so.

    Broken
        import dagster as dg

        from shop.assets import customers, items, orders, payments, refunds, stores

        defs = dg.Definitions(assets=[customers, items, orders, payments, refunds, stores])

    Right
        from pathlib import Path

        import dagster as dg


        @dg.definitions
        def defs():
            return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)

    Source
        A one-function `definitions.py`; "Register in definitions", which the defs folder makes needless.
    """
    for call, _ in file.calls("Definitions"):
        given = keyword(call, "assets")
        meant = file.expression(given) if given else None
        names = meant.elts if isinstance(meant, ast.List | ast.Tuple) else []
        if len(names) > most and all(isinstance(name, ast.Name | ast.Attribute) for name in names):
            yield file.problem(
                call,
                f"{len(names)} assets are listed by hand",
                "Load them: dg.load_from_defs_folder, or dg.load_assets_from_modules",
            )
