"""What a proof showed, for a person at a terminal."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dagway.cli._output import console

_SHOWN = 2

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from dagway.prototype.prove.model import Evidence, RequirementEvidence


def show(evidence: Evidence, folder: Path, *, demo: bool) -> None:
    """Prints the verdict on each requirement, what failed, the evidence page and the command of the UI."""
    screen = console()
    if evidence.requirements:
        screen.print(_requirements(evidence.requirements))
    for key, error in _failed_assets(evidence):
        screen.print(f"failed: {key}", style="red")
        screen.print(f"  {error}", soft_wrap=True)
    for line in evidence.failed_lines:
        screen.print(f"failed: {line.text}", style="red")
        screen.print(f"  {line.evidence}", soft_wrap=True)
    screen.print(_summary(evidence))
    screen.print()
    screen.print(f"Evidence  {shown(folder / 'evidence' / 'index.html')}", soft_wrap=True)
    screen.print(f"Look      {ui_command(folder, demo=demo)}", soft_wrap=True)


def ui_command(folder: Path, *, demo: bool) -> str:
    """The command that opens Dagster's UI on the project, from where the user is."""
    variables = "DAGSTER_HOME=$PWD/.dagway/home" + (" DAGWAY_DEMO=1" if demo else "")
    dg = Path(sys.executable).parent / "dg"
    # Inside the project the way back to the command has to be counted from there.
    command = os.path.relpath(dg, folder) if dg.is_relative_to(Path.cwd()) else str(dg)
    return f"cd {shlex.quote(shown(folder))} && {variables} {shlex.quote(command)} dev"


def shown(path: Path) -> str:
    """The path from where the user is, if it is below; else the whole path."""
    whole = path.absolute()
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(whole)


def _requirements(requirements: tuple[RequirementEvidence, ...]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("")
    table.add_column("Requirement", ratio=2)
    table.add_column("Shown by", ratio=3)
    for requirement in requirements:
        table.add_row(
            requirement.id, _word(requirement.met), requirement.text, "\n".join(_reasons(requirement))
        )
    return table


def _word(met: bool) -> Text:
    from rich.text import Text

    return Text("met", style="green") if met else Text("unmet", style="bold red")


def _reasons(requirement: RequirementEvidence) -> list[str]:
    """What an unmet requirement lacks; of a met one what says most of it, how much more there is, and its warnings."""
    from dagway.prototype.prove.telling import telling, warnings

    told = telling(requirement, _SHOWN)
    lines = [item.summary for item in told]
    if not requirement.met:
        return lines
    rest = sum(item.passed for item in requirement.evidence) - len(told)
    return lines + ([f"and {rest} more"] if rest else []) + [item.summary for item in warnings(requirement)]


def _failed_assets(evidence: Evidence) -> list[tuple[str, str]]:
    """Assets that failed by themselves, with the first line of why; not those that only wait for one of them."""
    told = {item.summary for requirement in evidence.requirements for item in requirement.evidence}
    failed = [(asset.key, asset.error) for asset in evidence.facts.assets if asset.error]
    return [
        (key, error.splitlines()[0])
        for key, error in failed
        if "upstream failed" not in error and not any(error in summary for summary in told)
    ]


def _summary(evidence: Evidence) -> str:
    total = len(evidence.requirements)
    met = sum(requirement.met for requirement in evidence.requirements)
    lines = sum(line.status != "not applicable" for line in evidence.checklist)
    held = lines - len(evidence.failed_lines)
    requirements = f"{met} of {total} requirements met, " if total else ""
    return f"{requirements}{held} of {lines} lines of the checklist hold, in {evidence.run.seconds:.1f} s"
