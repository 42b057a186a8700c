"""What the README shows is what the sales example gives: its output, line by line, and the picture of its lineage."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STALE = "README.md shows another output than `make demo` prints: write it anew"


@pytest.fixture(scope="module")
def sample() -> str:
    """The block of output that follows `make demo`."""
    found = re.search(r"`make demo` needs .*?```text\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def still(text: str) -> str:
    """Without what differs from run to run: seconds and days."""
    return re.sub(r"\d{4}-\d\d-\d\d", "DAY", re.sub(r"\b\d+(\.\d+)? s\b", "N s", text))


def shown_requirements(sample: str) -> dict[str, tuple[str, str, str]]:
    """Requirement → verdict, text and evidence, lines that were wrapped put together."""
    heading, _, *rows = sample.splitlines()
    starts = (0, 5, heading.index("Requirement"), heading.index("Shown by"), None)
    found: dict[str, tuple[str, str, str]] = {}
    name = ""
    for row in rows[: rows.index("")]:
        first, *cells = (row[start:end].strip() for start, end in pairwise(starts))
        name = first or name
        before = found.get(name, ("", "", ""))
        verdict, text, evidence = (f"{one} {more}".strip() for one, more in zip(before, cells, strict=True))
        found[name] = (verdict, text, evidence)
    return found


def test_each_requirement_is_shown_with_evidence_that_a_run_gives(sales: Any, sample: str) -> None:
    requirements = sales.evidence["requirements"]
    shown = shown_requirements(sample)
    assert list(shown) == list(requirements), STALE
    for name, (verdict, text, evidence) in shown.items():
        assert (verdict, text) == ("met", requirements[name]["text"]), STALE
        assert requirements[name]["met"]
        given = [still(item["summary"]) for item in requirements[name]["evidence"]]
        assert still(evidence) in given, STALE
        assert still(evidence) in still(sales.done.out), STALE


def test_the_last_lines_are_those_of_a_run(sales: Any, sample: str) -> None:
    end = still(sample).splitlines()[-4:]
    printed = still(sales.done.out).splitlines()
    assert end[0] in printed, STALE
    evidence, look = (line.replace(str(sales.folder), "out") for line in printed[-2:])
    assert end[2] == evidence, STALE
    # The way to the command is another one, from another folder.
    assert re.sub(r"\S+/bin/dg", "dg", end[3]) == re.sub(r"\S+/bin/dg", "dg", look), STALE


def test_the_picture_is_the_lineage_of_the_example(sales: Any, run: Any) -> None:
    drawn = run("dagway", "graph", sales.folder, "--format", "svg")
    assert drawn.status == 0, drawn.error
    picture = (ROOT / "docs" / "lineage.svg").read_text(encoding="utf-8")
    # A drawing is called like the project's folder.
    named = drawn.out.replace(f'aria-label="{sales.folder.name}"', 'aria-label="sales_analytics"').replace(
        f"<title>{sales.folder.name}</title>", "<title>sales_analytics</title>", 1
    )
    assert named == picture, "docs/lineage.svg is stale: run 'make docs' and commit it"
