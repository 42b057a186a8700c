from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.tree import ProjectTree


@rule("test-missing", severity="note")
def check(tree: ProjectTree) -> Iterable[Problem]:
    """No test names the asset.

    What
        An asset written in Python whose name or function occurs in no test, neither as a name nor in a text.

    Why
        What no test names is most likely not tested: the first run that shows a mistake is in production.

    Broken
        # file: defs/orders.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...
        # file: tests/test_customers.py
        def test_customers() -> None: ...

    Right
        # file: defs/orders.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...
        # file: tests/test_orders.py
        from defs.orders import orders


        def test_orders() -> None:
            orders()

    Source
        "Always include tests"; "Testing First: Write tests alongside assets".
    """
    words = frozenset[str]().union(*(facts.words for facts in tree.tests))
    for facts in tree.facts:
        for asset in () if facts.is_test else facts.assets:
            if not {asset.symbol, asset.name, asset.name.rpartition("/")[2]} & words:
                yield tree.problem(
                    facts.path,
                    asset.line,
                    asset.column,
                    f"no test names the asset {asset.name}",
                    "Write a test that calls it with small inputs, or materializes it with stand-ins for its resources",
                    asset.name,
                )
