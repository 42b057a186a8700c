"""The evidence as one self-contained page: no script, no network, every value escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.project.graph import Graph, Node, Status, graph_of
from dagway.project.model import Project, slash
from dagway.project.svg import svg
from dagway.prototype.prove.model import AssetEvidence, CheckEvidence, ChecklistLine, Evidence
from dagway.prototype.prove.numbers import age, counted
from dagway.prototype.prove.telling import held, telling, warnings

if TYPE_CHECKING:
    from jinja2 import Template

MOST_NODES = 150
WORST_FIRST: tuple[Status, ...] = ("failed", "warn", "ok")
#: From so many assets on, the page shows fewer rows of each preview and no column tables, to stay a few megabytes.
MANY_ASSETS = 200
ROWS, ROWS_OF_MANY = 10, 3
LEAST_SCALE = 0.62
_BACKTICKS = re.compile("`+")
_WIDTH = re.compile(r'<svg[^>]*\bwidth="([0-9.]+)')


@dataclass(frozen=True)
class Section:
    """The checklist's lines under one heading."""

    name: str
    lines: Sequence[ChecklistLine]


def page(evidence: Evidence) -> str:
    """The whole page as HTML."""
    facts = evidence.facts
    own = _downstream([asset for asset in facts.assets if asset.executable and not asset.external])
    checks = [check for asset in facts.assets for check in asset.checks]
    many = len(own) > MANY_ASSETS
    return _template().render(
        evidence=evidence,
        run=evidence.run,
        facts=facts,
        assets=own,
        started=_moment(evidence.run.started),
        met=sum(item.met for item in evidence.requirements),
        materialized=sum(asset.materialized and not asset.error for asset in own),
        checks=checks,
        passed=sum(check.passed for check in checks),
        warned=sum(not check.passed and check.severity == "warn" for check in checks),
        rows=sum(asset.rows or 0 for asset in own),
        sections=_sections(evidence.checklist),
        lineage=_lineage(facts.project, facts.assets),
        collapsed=len(facts.assets) > MOST_NODES,
        preview_rows=ROWS_OF_MANY if many else ROWS,
        with_columns=not many,
        style=_file("page.css"),
        status=_status,
        seconds=_seconds,
        held=held,
        telling=telling,
        warnings=warnings,
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Any] = {"thousands": _thousands, "code": _code, "counted": counted, "age": age}
    environment.filters.update(filters)
    return environment.from_string(_file("page.html.jinja"))


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _thousands(value: Any) -> str:
    return "–" if value is None else f"{value:,}"


def _code(text: str) -> str:
    """What stands between backticks, one or three, as code, all of it escaped."""
    from markupsafe import Markup, escape

    parts = [escape(part) for part in _BACKTICKS.split(text)]
    shown = [
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    ]
    return Markup("").join(shown)


def _downstream(assets: Sequence[AssetEvidence]) -> list[AssetEvidence]:
    """From the sources to what is made of them: an asset comes after all that it depends on."""
    by_key = {asset.key: asset for asset in assets}
    steps = TopologicalSorter(
        {asset.key: [dep for dep in asset.deps if dep != asset.key] for asset in assets}
    )
    return [by_key[key] for key in steps.static_order() if key in by_key]


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _moment(started: str) -> str:
    return datetime.fromisoformat(started).strftime("%-d %B %Y, %H:%M UTC")


def _sections(lines: Sequence[ChecklistLine]) -> list[Section]:
    names = dict.fromkeys(line.section for line in lines)
    return [Section(name, [line for line in lines if line.section == name]) for name in names]


def _status(asset: AssetEvidence) -> Status | None:
    """What the picture shows of an asset; None for one that nothing here computes."""
    if asset.external or not asset.executable:
        return None
    failed = [check for check in asset.checks if not check.passed]
    if not asset.materialized or asset.error or any(_breaks(check) for check in failed):
        return "failed"
    return "warn" if failed else "ok"


def _breaks(check: CheckEvidence) -> bool:
    return check.severity == "error"


def _lineage(project: Project, assets: Sequence[AssetEvidence]) -> str:
    status: dict[str, Status] = {asset.key: found for asset in assets if (found := _status(asset))}
    if len(assets) > MOST_NODES:
        return _scaling(svg(_by_group(project, assets), title="Lineage by group"))
    lines = {asset.key: (counted(asset.rows, "row"),) for asset in assets if asset.rows is not None}
    return _scaling(svg(graph_of(project, status, lines), title="Lineage"))


def _scaling(drawing: str) -> str:
    """The picture shrinks with the page as long as its letters can be read; below that it scrolls."""
    width = _WIDTH.search(drawing)
    least = round(float(width[1]) * LEAST_SCALE) if width else 0
    return drawing.replace("<svg", f'<svg style="min-width:{least}px"', 1)


def _by_group(project: Project, assets: Sequence[AssetEvidence]) -> Graph:
    """One node for each group: a picture of a thousand nodes shows nothing."""
    group_of = {slash(asset.key): asset.group for asset in project.assets}
    members: dict[str, list[AssetEvidence]] = {}
    for asset in assets:
        members.setdefault(group_of.get(asset.key, asset.group), []).append(asset)
    pairs = (
        (group_of[slash(dep)], asset.group)
        for asset in project.assets
        for dep in asset.deps
        if slash(dep) in group_of
    )
    edges = dict.fromkeys((source, target) for source, target in pairs if source != target)
    return Graph(tuple(_group_node(name, found) for name, found in members.items()), tuple(edges))


def _group_node(name: str, assets: Sequence[AssetEvidence]) -> Node:
    found: list[Status] = [status for asset in assets if (status := _status(asset))]
    return Node(
        key=name,
        group=name,
        kinds=tuple(sorted({kind for asset in assets for kind in asset.kinds})[:3]),
        checks=sum(len(asset.checks) for asset in assets),
        status=next((status for status in WORST_FIRST if status in found), None),
        lines=(counted(len(assets), "asset"), counted(sum(asset.rows or 0 for asset in assets), "row")),
    )
