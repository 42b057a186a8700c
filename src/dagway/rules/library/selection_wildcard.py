from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.selections import Reading, read, selections
from dagway.rules.source.text import TextFile


@rule("selection-wildcard", in_tests=True, severity="warning", mentions=("*",))
def check(file: TextFile) -> Iterable[Problem]:
    """A bare `raw*` selects what is downstream of raw, not what begins with raw.

    What
        A selection such as `raw*`, `*raw` or `*raw*`: a bare name with an asterisk.

    Why
        Dagster reads it in an old notation as the asset `raw` and everything downstream (`raw*`), upstream (`*raw`) or both.
        As a pattern of names it selects the wrong assets; as lineage it reads like a pattern.

    Broken
        import dagster as dg

        raw = dg.define_asset_job("raw", selection="raw*")

    Right
        import dagster as dg

        raw = dg.define_asset_job("raw", selection='key:"raw*"')
        after_raw = dg.define_asset_job("after_raw", selection="key:raw+")

    Source
        The prototype's pattern for schedules: "`*pattern*` - Key pattern matching".
    """
    for selection in selections(file):
        if read(selection.text) is Reading.LINEAGE:
            yield selection.problem(*_said(selection.text))


def _said(text: str) -> tuple[str, str]:
    name = text.strip().strip("*")
    up, down = text.strip().startswith("*"), text.strip().endswith("*")
    lineage = f"{'+' if up else ''}key:{_quoted(name)}{'+' if down else ''}"
    direction = "upstream and downstream" if up and down else "upstream" if up else "downstream"
    message = f"`{text}` means the asset {name} and everything {direction} of it, not a pattern of names"
    return message, f'Write `key:"{text.strip()}"` for the pattern, or `{lineage}` for the lineage'


def _quoted(name: str) -> str:
    return name if name.replace("_", "").replace("/", "").isalnum() else f'"{name}"'
