"""What each test showed: read from JUnit's XML, counted, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
Outcomes = Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """A test that shows one thing with stock and another with Dagway; `reason` is None where nobody has given one."""

    test: str
    stock: str
    dagway: str
    reason: str | None


def read(report: Path) -> dict[str, str]:
    """Outcomes by test: `package.module::test[parameters]`. A test that errs in its set-up or tear-down failed."""
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return {_name(case): _outcome(case) for case in cases}


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname', '').removeprefix('dagster_tests.')}::{case.get('name', '')}"


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return FAILED
    return SKIPPED if case.find("skipped") is not None else PASSED


def counts(outcomes: Outcomes) -> tuple[int, int, int]:
    """How many passed, failed, were skipped."""
    counted = Counter(outcomes.values())
    return counted[PASSED], counted[FAILED], counted[SKIPPED]


def differing(stock: Outcomes, dagway: Outcomes) -> Iterator[tuple[str, str, str]]:
    """Tests whose outcome is not the same on both sides. One that only one side has is missing on the other."""
    for test in sorted({*stock, *dagway}):
        sides = stock.get(test, "missing"), dagway.get(test, "missing")
        if sides[0] != sides[1]:
            yield test, *sides
