from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.ignores import UnusedIgnores
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("unused-ignore", severity="note")
def check(unused: UnusedIgnores) -> Iterable[Problem]:
    """A comment silences a rule that has nothing to say there.

    What
        A `dagway: ignore[rule-id]` whose rule ran and found nothing on the lines that the comment holds for, whose rule does
        not exist, or that names none.

    Why
        What was wrong has been mended, or the id has a typing error. A comment left behind would hide the next finding.

    Broken
        import dagster as dg  # dagway: ignore[private-dagster-import] needed for the old release

    Right
        import dagster as dg

    Source
        Settled with the catalogue of rules: unused ignores are reported.
    """
    for ignore in unused.ignores:
        yield Problem(
            ignore.line,
            ignore.column,
            f"the ignore of {ignore.rule} silences nothing",
            "Remove the comment",
            path=ignore.path,
        )
    for ignore in unused.unknown:
        about, why = (
            (f" of {ignore.rule}", "there is no such rule") if ignore.rule else ("", "it names no rule")
        )
        yield Problem(
            ignore.line,
            ignore.column,
            f"the ignore{about} silences nothing: {why}",
            "Write `dagway: ignore[rule-id]` with an id that `dagway rules` lists, or remove the comment",
            path=ignore.path,
        )
