from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import ASSETS, PythonFile, keyword

TAG = "dagster/concurrency_key"


@rule("concurrency-tag-ignored", severity="warning", mentions=(TAG,))
def check(file: PythonFile) -> Iterable[Problem]:
    """A concurrency key in an asset's tags limits nothing.

    What
        `dagster/concurrency_key` in the `tags` of an asset or an AssetSpec.

    Why
        Dagster reads the key from the tags of the step, not from those of the asset: as many steps run at once as there are,
        on a system that was meant to be spared.

    Broken
        import dagster as dg


        @dg.asset(tags={"dagster/concurrency_key": "warehouse"})
        def orders() -> None: ...

    Right
        import dagster as dg


        @dg.asset(pool="warehouse")
        def orders() -> None: ...

    Source
        Dagster's reading of concurrency keys; the platform's own assets carry such tags.
    """
    for definition in file.defined(*ASSETS):
        yield from _found(file, definition.keywords.get("tags"), definition.name)
    for call, _ in file.calls("AssetSpec", "AssetOut"):
        yield from _found(file, keyword(call, "tags"), None)


def _found(file: PythonFile, tags: ast.expr | None, about: str | None) -> Iterable[Problem]:
    meant = file.expression(tags) if tags else None
    for key in meant.keys if isinstance(meant, ast.Dict) else ():
        if key and file.value(key) == TAG:
            remedy = "Write pool=… in the decorator, or put the tag into op_tags"
            yield file.problem(key, f"Dagster does not read {TAG} from an asset's tags", remedy, about=about)
