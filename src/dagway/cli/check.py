"""`dagway check`: what in a Dagster project breaks the conventions."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from dagway.cli._complete import rule_lists
from dagway.cli._output import colour
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from dagway.rules.choices import Choices
    from dagway.rules.engine import Checker
    from dagway.rules.model import Preset, Report
    from dagway.rules.task import Task

Format = Literal["text", "json", "sarif", "github", "junit"]
BASELINE = "dagway-baseline.json"
#: How often fixes are applied and the project checked again: one fix may make room for another.
ROUNDS = 10
STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "blue", "bold": True},
    "path": {"underline": True},
    "dim": {"dim": True},
    "bold": {"bold": True},
}


@dataclass(frozen=True)
class Mending:
    """Whether findings are mended, and also where that may change what the project does."""

    wanted: bool
    unsafe: bool


@dataclass(frozen=True)
class Output:
    """How findings are printed."""

    format: Format
    statistics: bool


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--preset", type=click.Choice(["essential", "recommended", "strict"]), help="How much is shown."
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    help="Only these rules: ids or patterns, by comma.",
    shell_complete=rule_lists,
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules.", shell_complete=rule_lists)
@click.option("--no-load", is_flag=True, help="Never run the project's code; only rules that read text.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--unsafe-fixes", is_flag=True, help="Mend also where that may change what the project does.")
@click.option(
    "--baseline", type=click.Path(path_type=Path), help="A file of known findings, not shown again."
)
@click.option("--write-baseline", is_flag=True, help=f"Make today's findings the baseline ({BASELINE}).")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif", "github", "junit"]),
    default="text",
    show_default=True,
    help="How to print the findings.",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option("--statistics", is_flag=True, help="Only count the findings of each rule.")
@click.option("--no-cache", is_flag=True, help="Read every file anew.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
def check(
    paths: tuple[Path, ...],
    preset: Preset | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_load: bool,
    fix: bool,
    unsafe_fixes: bool,
    baseline: Path | None,
    write_baseline: bool,
    output_format: Format,
    as_json: bool,
    statistics: bool,
    no_cache: bool,
    watch: bool,
) -> int:
    """Check a Dagster project against the conventions.

    PATHS are folders or files of one project; the current folder by default. `dagway rules` lists what is checked,
    `dagway explain RULE` says why. Exit status: 0 nothing to report, 1 findings, 2 the tool itself failed.
    """
    from dagway.rules.choices import NAMED, Choices

    if select and not _split(select):
        raise DagwayError("--select names no rule.", NAMED)
    if watch and write_baseline:
        raise click.UsageError("--watch and --write-baseline exclude each other.")
    choices = Choices(
        paths=paths or (Path(),),
        preset=preset,
        select=_split(select),
        ignore=_split(ignore),
        baseline=baseline,
        load=not no_load,
        cached=not no_cache,
    )
    mending = Mending(fix or unsafe_fixes, unsafe_fixes)
    output = Output("json" if as_json else output_format, statistics)
    root = choices.root()
    if watch:
        return _watch(choices, root, mending, output)
    if write_baseline:
        return _write_baseline(choices, root, mending)
    task = choices.task(root)
    report = _checked(task, mending)
    _print(report, root, output)
    return report.status


def _watch(choices: Choices, root: Path, mending: Mending, output: Output) -> int:
    """Reports again after each change, until somebody interrupts."""
    from dagway.cli._failure import report as tell
    from dagway.rules.watch import watch

    for seen in watch(lambda: choices.task(root)):
        if seen.changed:
            several = f" and {len(seen.changed) - 1} more" if len(seen.changed) > 1 else ""
            click.echo(f"changed: {seen.changed[0]}{several}", err=True)
        if isinstance(seen.report, DagwayError):
            tell(seen.report, as_json=output.format == "json")
            continue
        if mending.wanted and (mended := _mend(root, seen.report, mending)):
            # A change as any other: the report on it comes next.
            _tell_mended(mended)
            continue
        _print(_without_tried(seen.report, mending), root, output)
    return 0


def _mend(root: Path, report: Report, mending: Mending) -> int:
    """The number of findings that were mended."""
    from dagway.rules.fixes import apply

    return apply(root, report.findings, unsafe=mending.unsafe).count


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _checked(task: Task, mending: Mending) -> Report:
    """The report; after fixes, that on what is left."""
    from dagway.rules.engine import Checker

    if mending.wanted:
        # Loading takes longest, and no rule mends what it finds there.
        _tell_mended(_mended(Checker(replace(task, load=False)), mending))
    return _without_tried(Checker(task).check(), mending)


def _tell_mended(count: int) -> None:
    click.echo(f"mended {count} finding{'s' if count != 1 else ''}", err=True)


def _mended(checker: Checker, mending: Mending) -> int:
    """How many findings were mended, until nothing is left to mend."""
    total = 0
    for _ in range(ROUNDS):
        count = _mend(checker.task.root, checker.check(), mending)
        if not count:
            break
        total += count
    return total


def _without_tried(report: Report, mending: Mending) -> Report:
    """The report without the fixes that were tried and could not be made: nobody should try them again."""
    return replace(
        report,
        findings=tuple(
            replace(item, fix=None)
            if item.fix and mending.wanted and (item.fix.safe or mending.unsafe)
            else item
            for item in report.findings
        ),
    )


def _write_baseline(choices: Choices, root: Path, mending: Mending) -> int:
    from dagway.rules.baseline import write

    task = choices.task_without_baseline(root)
    path = choices.known(task) or root / BASELINE
    report = _checked(task, mending)
    write(path, report.findings)
    count = len(report.findings)
    click.echo(f"{path}: {count} finding{'s' if count != 1 else ''}", err=True)
    if not task.config.baseline:
        named = os.path.relpath(path, root)
        click.echo(
            f'  To hide them from now on, write baseline = "{named}" below [tool.dagway.check] in pyproject.toml,\n'
            f"  or give --baseline {path}.",
            err=True,
        )
    _tell_crashes(report)
    return 2 if report.crashes else 0


def _seen_from(report: Report, root: Path, here: Path) -> Report:
    """The report with paths as one would open them from a folder; absolute if they lie elsewhere."""
    base = root.relative_to(here) if root.is_relative_to(here) else root
    if base == Path():
        return report
    prefix = base.as_posix()

    def moved(path: str) -> str:
        return prefix if path == "." else f"{prefix}/{path}"

    return replace(
        report,
        findings=tuple(replace(item, path=moved(item.path)) for item in report.findings),
        crashes=tuple(replace(item, path=moved(item.path)) for item in report.crashes),
        skipped=tuple(
            replace(item, path=moved(item.path)) if item.is_placed else item for item in report.skipped
        ),
        mask=replace(
            report.mask,
            places=frozenset((moved(path), line, column) for path, line, column in report.mask.places),
        ),
    )


def _reader(output_format: Format, root: Path) -> Path:
    """The folder that paths start from. GitHub knows only those from the top of the repository."""
    top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    is_githubs = output_format in {"github", "sarif"} and root.is_relative_to(top)
    return top if is_githubs else Path.cwd()


def _print(report: Report, root: Path, output: Output) -> None:
    from dagway.rules.formats import text

    report = _seen_from(report, root, _reader(output.format, root))
    if output.statistics and output.format == "text":
        rendered = text.statistics(report)
    else:
        rendered = _rendered(report, output.format)
    if rendered:
        click.echo(rendered)
    if output.format in {"text", "junit"}:
        for item in report.skipped:
            place = f"{item.path}:{item.line}:{item.column} " if item.is_placed else ""
            click.echo(f"note: {place}{item.told}", err=True)
    _tell_crashes(report)


def _tell_crashes(report: Report) -> None:
    for crash in report.crashes:
        click.echo(
            f"error: the rule {crash.rule} failed on {crash.path}: {crash.error}\n"
            "  This is a defect of the rule; all other rules ran. Please report it.",
            err=True,
        )


def _rendered(report: Report, output_format: Format) -> str:
    from datetime import UTC, datetime

    from dagway.rules.formats import github, json, junit, sarif, text
    from dagway.rules.library import library

    match output_format:
        case "json":
            return json.render(report)
        case "github":
            return github.render(report)
        case "junit":
            return junit.render(report, datetime.now(UTC))
        case "sarif":
            return sarif.render(report, library())
        case "text":
            return text.render(report, _lines, _style)


def _lines(path: str) -> list[str]:
    from dagway.rules.source.text import tree_lines

    try:
        return tree_lines(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return []


def _style(value: str, name: str) -> str:
    return click.style(value, **STYLES[name]) if colour() else value
