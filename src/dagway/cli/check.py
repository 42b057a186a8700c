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
    from dagway.rules.engine import Checker
    from dagway.rules.model import Preset, Report
    from dagway.rules.task import Task

Format = Literal["text", "json", "sarif", "github", "junit"]
BASELINE = "dagway-baseline.json"
NAMED = "Write ids or patterns, such as --select 'removed-api,key-*'; `dagway rules` lists them."
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


@dataclass(frozen=True)
class Choices:
    """What the command line says of what is checked."""

    paths: tuple[Path, ...]
    preset: Preset | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    baseline: Path | None
    load: bool
    cached: bool

    def root(self) -> Path:
        from dagway.rules.collect import project_root

        return project_root(self.paths)

    def task(self, root: Path, *, new: bool = True) -> Task:
        """With the project's configuration, as it is now.

        Args:
            new: only what the baseline has not.
        """
        from dagway.rules.baseline import read as read_baseline
        from dagway.rules.config import check_patterns, read
        from dagway.rules.library import library
        from dagway.rules.task import Task

        rules = library()
        check_patterns(self.select, rules, "--select")
        check_patterns(self.ignore, rules, "--ignore")
        config = read(root, rules).with_choices(preset=self.preset, select=self.select, ignore=self.ignore)
        active = config.active(rules)
        if not active:
            raise DagwayError("No rule is left to run: all that are selected are ignored too.", NAMED)
        resolved = tuple(path.resolve() for path in self.paths)
        task = Task(root, resolved, active, config, load=self.load, cached=self.cached)
        known = self.known(task)
        return replace(task, baseline=read_baseline(known)) if known and new else task

    def known(self, task: Task) -> Path | None:
        """The file of known findings, if there is to be one."""
        return self.baseline or (task.root / task.config.baseline if task.config.baseline else None)


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
        _print(seen.report, root, output)
        if mending.wanted:
            # What is mended is a change as any other.
            _mend(root, seen.report, mending)
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
        mended = _mended(Checker(replace(task, load=False)), mending)
        click.echo(f"mended {mended} finding{'s' if mended != 1 else ''}", err=True)
    return _without_tried(Checker(task).check(), mending)


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

    task = choices.task(root, new=False)
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
    try:
        # As Python counts them: a form feed ends none.
        return Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return []


def _style(value: str, name: str) -> str:
    return click.style(value, **STYLES[name]) if colour() else value
