from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadFailure
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("definitions-unloadable", severity="error", kind="L")
def check(failure: LoadFailure) -> Iterable[Problem]:
    """The definitions do not load.

    What
        Dagster could not load the project's definitions. The finding names the cause and the project's own line; where Dagster
        tells none, the likeliest: what the cause names, the line of the configuration, or the file of the definitions. Rules
        that read the loaded definitions could not run; those that read text did.

    Why
        Nothing of the project runs until it loads.

    Broken
        # file: definitions.py
        import dagster as dg

        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        The checklist of a prototype: "All definitions load successfully (`dg check defs`)".
    """
    remedy = failure.remedy.rstrip(".")
    yield Problem(
        failure.line,
        failure.column,
        f"the definitions do not load: {failure.cause.rstrip('.')}",
        remedy,
        path=failure.path or ".",
    )
