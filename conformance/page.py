"""`docs/conformance.md`: both sides' counts, and every difference with its reason."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import version

from conformance.outcomes import Difference, Outcomes, counts

INTRODUCTION = """\
# Conformance

`make conformance` writes this page. It fetches the source distribution of the installed Dagster from the package index, which
carries Dagster's own tests, and runs those that launch and execute twice: as they are, and with Dagway's code server in
the place of `dagster api grpc` and `dagster code-server start`, and Dagway's executor in the place of the multiprocess
executor, in every process that the tests start. Nothing of those tests is kept in this repository but their names and what they showed,
for all of them take hours: the last column says at which commits of Dagway its side ran.

On both sides, what the tests wait for has six times as long as they say, and a test that fails is run once more, alone, and counts as
what it shows then: many of them have deadlines that a busy machine misses.
"""


@dataclass(frozen=True)
class Judged:
    """One part of the suite: what each side showed, what is left different, and the commits of Dagway that ran."""

    part: str
    stock: Outcomes
    dagway: Outcomes
    differences: Sequence[Difference]
    commits: Sequence[str] = ()


def explained(found: tuple[str, str, str], reasons: Mapping[str, str]) -> Difference:
    """The difference with the reason whose pattern names the test."""
    test, stock, dagway = found
    reason = next((text for pattern, text in reasons.items() if fnmatchcase(test, pattern)), None)
    return Difference(test, stock, dagway, reason)


def page(parts: Sequence[Judged], missing: Sequence[str] = ()) -> str:
    """The page's text; `missing` are the parts that one of the sides has not run yet."""
    rows = [_row(judged) for judged in parts]
    total = [sum(column) for column in zip(*(_numbers(judged) for judged in parts), strict=True)]
    differences = [difference for judged in parts for difference in judged.differences]
    return "\n".join(
        [
            INTRODUCTION,
            f"Python {platform.python_version()}, Dagster {version('dagster')}.",
            "",
            "| part | stock: passed | failed | skipped | Dagway: passed | failed | skipped | differences | at |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            f"| **all** | {' | '.join(f'**{number}**' for number in total)} | |",
            *([f"\nNot run on both sides yet: {', '.join(missing)}."] if missing else []),
            "",
            "## Differences",
            "",
            *(_told(difference) for difference in differences),
            *([] if differences else ["None."]),
            "",
        ]
    )


def _numbers(judged: Judged) -> list[int]:
    return [*counts(judged.stock), *counts(judged.dagway), len(judged.differences)]


def _row(judged: Judged) -> str:
    numbers = " | ".join(str(number) for number in _numbers(judged))
    return f"| {judged.part} | {numbers} | {', '.join(judged.commits)} |"


def _told(difference: Difference) -> str:
    reason = difference.reason or "**no reason is known yet**"
    return f"- `{difference.test}`: stock {difference.stock}, Dagway {difference.dagway}. {reason}"
