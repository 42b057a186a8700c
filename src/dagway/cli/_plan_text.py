"""A plan as a person reads it in a meeting: what is built, why, what runs it, what meets what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dagway.prototype.model import Plan, PlannedAsset, slash

ROOM_FOR_TABLE = 110
ROOM_FOR_CHECKS = 160
WIDEST_KEY = 36
"""Narrower screens show assets one below the other: a table would break its own words."""
MOST_ROWS = 100
"""More assets than this are one line each: what a person scans, not reads."""
SHOWN = 8
"""Names that are listed before the rest is counted."""


def render(plan: Plan, screen: Console, *, columns: bool = False) -> None:
    """Print every section that has something to say."""
    _title(plan, screen)
    _assets(plan, screen)
    if columns:
        _section(screen, "Columns", _columns(plan.assets))
    _section(screen, "Why it is built so", _reasons(plan.assets))
    _section(screen, "What runs it", _runs(plan))
    _section(screen, "How others name it", _names(plan.assets))
    _section(screen, "Requirements", _requirements(plan))
    _section(screen, "Variables", _variables(plan))
    _section(screen, "To decide", _notes(plan))
    screen.print(_verdict(plan))


def _title(plan: Plan, screen: Console) -> None:
    screen.print(Text.assemble((plan.name, "bold"), f": {plan.description}" if plan.description else ""))
    checks = sum(len(asset.checks) for asset in plan.assets)
    counts = [
        _counted(len(plan.assets), "asset"),
        _counted(checks, "check"),
        _counted(len(plan.schedules), "schedule"),
        _counted(len(plan.sensors), "sensor"),
        _counted(len(plan.alerts), "alert"),
        _counted(len(plan.tests), "test"),
    ]
    screen.print(f"{', '.join(counts)}; tables in {plan.warehouse}, times in {plan.timezone}", style="dim")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _section(screen: Console, title: str, body: Table | None) -> None:
    if body is not None and body.row_count:
        screen.print()
        screen.print(Text(title, style="bold"))
        screen.print(Padding(body, (0, 0, 0, 2), expand=False))


def _grid(*widths: bool) -> Table:
    """A table without lines. A column is kept on one line where its width is True."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for number, fixed in enumerate(widths):
        table.add_column(no_wrap=fixed, style="cyan" if number == 0 else None, overflow="fold")
    return table


def _assets(plan: Plan, screen: Console) -> None:
    if not plan.assets:
        return
    screen.print()
    if len(plan.assets) > MOST_ROWS:
        _lines(plan.assets, screen)
    elif screen.width >= ROOM_FOR_TABLE:
        screen.print(_table(plan.assets, screen.width))
    else:
        for asset in plan.assets:
            _card(asset, screen)


def _lines(assets: Sequence[PlannedAsset], screen: Console) -> None:
    """One line each, without measuring: a thousand rows of a table take longer than the plan itself."""
    widest = max(len(slash(asset.key)) for asset in assets)
    rows = (
        f"{slash(asset.key):<{widest}}  {built_as(asset):<12}  {_counted(len(asset.checks), 'check'):<10}"
        f"  reads {_slashes(asset.deps) or 'nothing here'}"
        for asset in assets
    )
    screen.out("\n".join(rows), highlight=False)


def _table(assets: Sequence[PlannedAsset], width: int) -> Table:
    """On a wide screen checks are named and the integration has its own column."""
    wide = width >= ROOM_FOR_CHECKS
    key_width = min(WIDEST_KEY, max(len(slash(asset.key)) for asset in assets))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Asset", style="cyan", min_width=key_width, overflow="fold")
    table.add_column("Built as")
    if wide:
        table.add_column("Served by")
    table.add_column("Reads", min_width=key_width, overflow="fold")
    for title in ("Checks", "Run by", "Meets"):
        table.add_column(title, min_width=len(title), overflow="fold")
    for asset in assets:
        table.add_row(*_cells(asset, wide=wide))
    return table


def _cells(asset: PlannedAsset, *, wide: bool) -> list[str]:
    return [
        slash(asset.key),
        *([built_as(asset), asset.integration] if wide else [_served(asset)]),
        _slashes(asset.deps, "\n"),
        "\n".join(_checks(asset)) if wide else str(len(asset.checks) or ""),
        _run_by(asset) if wide else _run_by(asset).replace(" ", "\n", 1),
        ", ".join(asset.meets),
    ]


def _card(asset: PlannedAsset, screen: Console) -> None:
    screen.print(Text.assemble((slash(asset.key), "cyan bold"), f"  {_served(asset)}"))
    body = _grid(True, False)
    for label, said in (
        ("is", asset.description),
        ("reads", _slashes(asset.deps)),
        ("checks", ", ".join(_checks(asset))),
        ("run by", _run_by(asset)),
        ("meets", ", ".join(asset.meets)),
    ):
        if said:
            body.add_row(label, said)
    screen.print(Padding(body, (0, 0, 0, 2), expand=False))


def built_as(asset: PlannedAsset) -> str:
    """The component's name, Python, or both."""
    if not asset.buildable:
        return "not built"
    name = (asset.component or "").rpartition(".")[2]
    python = "Python, to write" if asset.scaffolded else "Python"
    return {"component": name, "python": python, "both": f"{python} + {name}"}[asset.how]


def _served(asset: PlannedAsset) -> str:
    """What builds it, and with what where that is not said by it already."""
    return built_as(asset) if asset.role == "python" else f"{built_as(asset)}, {asset.integration}"


def _checks(asset: PlannedAsset) -> list[str]:
    return [
        check.name
        + (" (blocking)" if check.blocking else "")
        + (" (warns)" if check.severity == "warn" else "")
        for check in asset.checks
    ]


def _run_by(asset: PlannedAsset) -> str:
    """The kind and the name; times and patterns stand in the section of what runs."""
    kind, what = asset.automation.kind, asset.automation.what
    if kind == "condition":
        return f"condition {what}"
    names = [one.partition(":")[0] for one in what.split(", ")]
    return "nothing" if kind == "none" else f"{kind} {', '.join(names)}"


def _slashes(keys: Iterable[tuple[str, ...]], between: str = ", ") -> str:
    return between.join(map(slash, keys))


def _grouped(
    assets: Sequence[PlannedAsset], by: Callable[[PlannedAsset], str]
) -> Iterator[tuple[str, str, PlannedAsset]]:
    """Assets that have the same to say: their keys, what it is, and the first of them."""
    groups: dict[str, list[PlannedAsset]] = {}
    for asset in assets:
        groups.setdefault(by(asset), []).append(asset)
    for said, members in groups.items():
        yield _some([slash(member.key) for member in members], "\n"), said, members[0]


def _reasons(assets: Sequence[PlannedAsset]) -> Table:
    table = _grid(True, False)
    for keys, reason, asset in _grouped(assets, lambda asset: asset.reason):
        others = f"\nelse: {', '.join(asset.alternatives)}" if asset.alternatives else ""
        table.add_row(keys, Text.assemble(reason, (others, "dim")))
    return table


def _runs(plan: Plan) -> Table:
    table = _grid(True, False)
    for schedule in plan.schedules:
        by = f", done by {schedule.ready_by}" if schedule.ready_by else ""
        _trigger(
            table,
            schedule.name,
            f"{schedule.cron} {schedule.timezone}{by}",
            schedule.targets,
            schedule.reason,
        )
    for sensor in plan.sensors:
        _trigger(table, sensor.name, f"{sensor.what}, every {sensor.every} s", sensor.targets, sensor.reason)
    for alert in plan.alerts:
        table.add_row(alert.name, Text.assemble(alert.when.replace("_", " "), (f"\n{alert.reason}", "dim")))
    conditions = [
        asset for asset in plan.assets if asset.automation.kind in {"condition", "none"} and asset.buildable
    ]
    for keys, reason, asset in _grouped(conditions, lambda asset: asset.automation.reason):
        table.add_row(keys, Text.assemble(_run_by(asset), (f"\n{reason}", "dim")))
    return table


def _trigger(table: Table, name: str, when: str, targets: Sequence[tuple[str, ...]], reason: str) -> None:
    shown = _some([slash(target) for target in targets])
    table.add_row(name, Text.assemble(f"{when}\nruns {shown}", (f"\n{reason}", "dim")))


def _names(assets: Sequence[PlannedAsset]) -> Table:
    """One example says it for all keys of two segments; the others are named one by one."""
    table = _grid(True, False)
    plain = [asset for asset in assets if asset.table and len(asset.key) == len("ab")]
    for asset in [*plain[:1], *(one for one in assets if one not in plain)]:
        table.add_row(slash(asset.key), asset.naming)
    return table


def _columns(assets: Sequence[PlannedAsset]) -> Table:
    table = _grid(True, True, True, False)
    for asset in assets:
        for number, column in enumerate(asset.columns):
            sources = ", ".join(
                f"{slash(one.asset)}.{one.column}" for one in asset.lineage.get(column.name, ())
            )
            said = f"from {sources}" if sources else column.description or ""
            table.add_row("" if number else slash(asset.key), column.name, column.type or "unknown", said)
    return table


def _requirements(plan: Plan) -> Table:
    table = _grid(True, True, False)
    for requirement in plan.requirements:
        lines = _some(requirement.met_by)
        met = Text(f"\nby {lines}", style="dim") if lines else Text("\nunmet: no line meets it", style="red")
        table.add_row(requirement.id, "✓" if lines else "✗", Text.assemble(requirement.text, met))
    return table


def _some(names: Sequence[str], between: str = ", ") -> str:
    """The first names, and how many more there are."""
    more = f"{between}and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return between.join(names[:SHOWN]) + more


def _variables(plan: Plan) -> Table:
    table = _grid(True, True, False)
    for variable in plan.variables:
        default = (
            "secret"
            if variable.secret
            else f"default {variable.default}"
            if variable.default is not None
            else ""
        )
        table.add_row(variable.name, default, f"for {', '.join(variable.used_by)}")
    return table


def _notes(plan: Plan) -> Table:
    table = _grid(True, False)
    for note in plan.notes:
        table.add_row("-", note)
    return table


def _verdict(plan: Plan) -> Text:
    if plan.unmet:
        named = f"{_counted(len(plan.unmet), 'requirement')} unmet: {', '.join(plan.unmet)}"
        return Text(f"\n{named}", style="bold red")
    if not plan.requirements:
        return Text("\nThere are no requirements, so nothing can be proven.", style="bold")
    return Text(
        "\nEvery requirement has a line that meets it. A run must prove it: dagway prototype",
        style="bold green",
    )
