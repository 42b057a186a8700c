from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.model import Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.selections import Reading, corrected, read, selections
from dagway.rules.source.text import TextFile

SAYS = {
    Reading.REJECTED: "Dagster rejects the selection `{text}`",
    Reading.ONE_TAG: "Dagster reads the selection `{text}` as one tag with a space in it, which selects nothing",
}

OTHERWISE = "Join conditions by `and` or `or`, and quote values that hold more than letters, digits and `_`"


@rule(
    "selection-syntax",
    in_tests=True,
    severity="error",
    fixable=True,
    mentions=("select", "target", "from_string", "define_asset_job", "materialize"),
)
def check(file: TextFile) -> Iterable[Problem]:
    """A selection is not in Dagster's grammar.

    What
        An asset selection that Dagster rejects, or reads otherwise than it is written: conditions with a space between them,
        `|` and `&`, an e-mail address without quotes. Dagster's own parser is asked.

    Why
        `tag:a=b tag:c=d` fails when the definitions load. `tag:a=b tag:c` loads as one tag whose value holds a space: the
        job selects nothing, and nobody is told.

    Broken
        import dagster as dg

        daily = dg.define_asset_job("daily", selection="tag:schedule=daily tag:domain=finance")

    Right
        import dagster as dg

        daily = dg.define_asset_job("daily", selection="tag:schedule=daily and tag:domain=finance")

    Source
        The prototype's pattern for schedules: "Multiple conditions with spaces (AND) or `|` (OR)".
    """
    for selection in selections(file):
        says = SAYS.get(read(selection.text))
        if says:
            meant = corrected(selection.text)
            edit = selection.edit(meant) if meant else None
            remedy = f"Write `{meant}`" if meant else OTHERWISE
            yield selection.problem(says.format(text=selection.text), remedy, Fix((edit,)) if edit else None)
