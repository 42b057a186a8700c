"""The evidence page: self-contained, safe with hostile data, small with a thousand assets, drawn by a real browser."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import chromium

from dagway.project.model import Asset, Project
from dagway.prototype.prove.model import (
    AlertEvidence,
    AssetEvidence,
    CheckEvidence,
    ChecklistLine,
    Column,
    Evidence,
    Facts,
    Item,
    Preview,
    RequirementEvidence,
    RunEvidence,
)
from dagway.prototype.prove.page import page

HOSTILE = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"
MEGABYTE = 1_000_000


def asset(key: str, *deps: str, **more: object) -> AssetEvidence:
    values: dict[str, object] = {
        "key": key,
        "materialized": True,
        "rows": 1234,
        "seconds": 0.25,
        "columns": (Column("id", "BIGINT", "Number."), Column("note", "VARCHAR")),
        "preview": Preview(("id", "note"), tuple((str(row), "a note") for row in range(10))),
        "deps": deps,
        "checks": (CheckEvidence("unique_id", True, "error"),),
        "group": key.partition("/")[0],
    }
    return AssetEvidence(**{**values, **more})  # pyright: ignore[reportArgumentType]


def evidence_of(*assets: AssetEvidence, met: bool = True) -> Evidence:
    project = Project(
        "shop",
        Path("/shop"),
        tuple(
            Asset(
                tuple(one.key.split("/")), tuple(tuple(dep.split("/")) for dep in one.deps), group=one.group
            )
            for one in assets
        ),
    )
    items = (
        Item("assets/a/b", "check", met, "It holds."),
        Item("assets/a/b", "check", False, "A hint.", False),
    )
    return Evidence(
        project="shop",
        description="A small shop.",
        requirements=(RequirementEvidence("R1", "Orders arrive.", met, items),),
        facts=Facts(project, assets, alerts=(AlertEvidence("on_call", True, "arrived", "#x", "Run failed"),)),
        checklist=(
            ChecklistLine("kinds", "Asset quality", "All assets have `kinds`.", "passed", "2 of 2", 0.1),
        ),
        run=RunEvidence(
            "2026-01-02T03:04:05+00:00", 1.5, "demo", ("run",), {"dagster": "1.13"}, {"load": 1.0}
        ),
    )


class Tags(HTMLParser):
    """The tags of a page, and every attribute that could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.risky: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.risky += [
            (name, value)
            for name, value in attrs
            if name.startswith("on") or (name in {"src", "href"} and not (value or "").startswith("#"))
        ]


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def test_hostile_values_stay_text() -> None:
    hostile = asset(
        "a/b",
        description=HOSTILE,
        error=HOSTILE,
        owners=(HOSTILE,),
        location=HOSTILE,
        preview=Preview((HOSTILE,), ((HOSTILE,),)),
        columns=(Column(HOSTILE, HOSTILE, HOSTILE),),
        checks=(CheckEvidence(HOSTILE, False, "error", 1, HOSTILE),),
    )
    tags = parsed(page(evidence_of(hostile)))
    assert not {"script", "img", "iframe", "link", "object"} & set(tags.tags)
    assert tags.risky == []


def test_nothing_is_fetched() -> None:
    html = page(evidence_of(asset("a/b")))
    assert parsed(html).risky == []
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import", html)


def test_the_headline_and_the_verdicts_are_there() -> None:
    html = page(evidence_of(asset("a/b"), met=False))
    assert "<strong>0 of 1</strong>" in html
    assert ">unmet<" in html
    assert 'title="failed as a warning"' in html
    assert "2 January 2026, 03:04 UTC" in html
    assert "All assets have <code>kinds</code>." in html


def test_the_head_names_the_line_that_fails_where_every_requirement_is_met() -> None:
    line = ChecklistLine(
        "conventions", "Documentation", "Conventions are followed.", "failed", "`ruff check .`: F401"
    )
    html = page(replace(evidence_of(asset("a/b")), checklist=(line,)))
    head = html[html.index("<header") : html.index("</header>")]
    assert "<strong>1 of 1</strong>" in head
    assert "Does not hold: Conventions are followed." in head
    assert '<a href="#conventions">' in head
    assert '<li id="conventions"' in html
    assert "Does not hold" not in page(evidence_of(asset("a/b")))


def test_notes_stand_together_below_the_requirements() -> None:
    evidence = evidence_of(asset("a/b"))
    html = page(replace(evidence, run=replace(evidence.run, notes=("write `columns`", "no owner: a/b"))))
    start = html.index('id="notes"')
    assert html.index('id="requirements"') < start < html.index('id="lineage"')
    assert "<li>write <code>columns</code></li>" in html[start:]
    assert "<li>no owner: a/b</li>" in html[start:]


def test_a_message_shows_its_code_and_no_fence() -> None:
    item = Item(
        "alerts/on_call", "alert", True, "`x` arrived.", True, {"text": "Run failed\n```KeyError: 'x'```"}
    )
    requirement = RequirementEvidence("R1", "People hear of it.", True, (item,))
    html = page(replace(evidence_of(asset("a/b")), requirements=(requirement,)))
    assert html.count("<code>x</code> arrived.") == 2
    assert "<q>Run failed\n<code>KeyError: &#39;x&#39;</code></q>" in html


def test_a_check_that_passed_shows_what_it_counted() -> None:
    check = CheckEvidence("unique_id", True, "error", 0, details={"total_rows": 2448})
    assert "0 of 2,448 rows break it" in page(evidence_of(asset("a/b", checks=(check,))))


def test_assets_stand_in_the_order_of_the_data() -> None:
    html = page(evidence_of(asset("a/last", "b/first"), asset("b/first")))
    listed = html[html.index('id="assets"') :]
    assert listed.index("<b>b/first</b>") < listed.index("<b>a/last</b>")


def test_a_thousand_assets_stay_small_and_are_drawn_by_group() -> None:
    groups = [[f"layer_{layer}/table_{number}" for number in range(100)] for layer in range(10)]
    assets = [
        asset(key, *([groups[layer - 1][number]] if layer else []))
        for layer, keys in enumerate(groups)
        for number, key in enumerate(keys)
    ]
    html = page(evidence_of(*assets))
    assert len(html.encode()) < 5 * MEGABYTE
    assert "One box for each group of assets." in html
    assert html[: html.index('id="assets"')].count("100 assets") == 10


@pytest.mark.integration
def test_a_browser_draws_the_page_without_running_anything(tmp_path: Path) -> None:
    hostile = asset(
        "a/b", description=HOSTILE, preview=Preview(("x",), (("<script>document.title='x'</script>",),))
    )
    (tmp_path / "index.html").write_text(page(evidence_of(hostile, asset("c/d", "a/b"))))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    address = (tmp_path / "index.html").as_uri()
    drawn = subprocess.run(
        [chromium(), *flags, "--dump-dom", address], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "<title>shop: 1 of 1 requirements met</title>" in drawn
    assert drawn.count("<details") == 3
    assert "<script" not in drawn


def test_a_met_requirement_says_what_shows_it_without_a_click() -> None:
    shown = page(evidence_of(asset("a/b")))
    assert '<span class="about">It holds.</span>' in shown
    assert '<span class="pill warn">1 warning</span>' in shown


def test_an_unmet_requirement_lists_what_it_lacks_below() -> None:
    assert '<span class="about">It holds.</span>' not in page(evidence_of(asset("a/b"), met=False))
