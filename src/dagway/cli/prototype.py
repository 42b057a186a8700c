"""`dagway prototype`: from a blueprint to a proven project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dagway.cli import _changes, _verdict
from dagway.cli._environment import no_plugins, variable
from dagway.cli._output import OutputFormat, format_option, print_json
from dagway.cli._phases import phases
from dagway.cli._timeout import timeout_option
from dagway.errors import DagwayError
from dagway.garbage import no_garbage_collection

if TYPE_CHECKING:
    from dagway.blueprint.load import LoadedBlueprint
    from dagway.prototype.model import Plan
    from dagway.prototype.prove import Evidence
    from dagway.prototype.write import Changes

VARIABLE = "DAGWAY_ENVIRONMENT"


@click.command()
@click.argument("blueprint", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--demo", is_flag=True, help="Prove with demo data and simulators: no credential, no network.")
@click.option("--diff", is_flag=True, help="Only show what would change in OUT; write and run nothing.")
@click.option("--no-verify", is_flag=True, help="Only build; run nothing.")
@click.option("--environment", metavar="NAME", help="Prove in this environment of the blueprint.")
@timeout_option
@format_option
def prototype(
    blueprint: Path,
    out: Path,
    demo: bool,
    diff: bool,
    no_verify: bool,
    environment: str | None,
    timeout: float,
    output_format: OutputFormat,
) -> int:
    """Build the project of BLUEPRINT in the folder OUT, run it, and show what proves each requirement.

    Building again updates what Dagway wrote and never a file that a person changed: for that one it shows the difference
    and writes its version beside it.
    """
    if demo and environment not in (None, "demo"):
        raise DagwayError(f"--demo and --environment {environment} exclude each other.", "Leave one out.")
    proves = not (diff or no_verify)
    demo = demo or environment == "demo"
    loaded, planned = _plan(blueprint, environment)
    with variable(VARIABLE, environment):
        if proves and not demo:
            _require_variables(planned, out)
        changes = _build(loaded, planned, out, diff=diff)
        if output_format == "text":
            _changes.show(changes, out, diff=diff)
        evidence = _prove(out, demo=demo, timeout=timeout) if proves else None
    if output_format == "json":
        print_json(_result(changes, planned, evidence, out, demo=demo))
    elif evidence:
        _verdict.show(evidence, out, demo=demo)
    elif no_verify:
        _changes.show_lacking(planned)
    if evidence is None:
        return int(no_verify and bool(planned.unmet))
    return 0 if evidence.met else 1


def _plan(blueprint: Path, environment: str | None) -> tuple[LoadedBlueprint, Plan]:
    """The blueprint and its plan as it stands. That the environment exists is found here, before anything is built."""
    with phases() as tell, no_garbage_collection(), no_plugins():
        tell("plan", 0, 1)
        from dagway.prototype.plan import load_and_plan

        loaded, planned = load_and_plan(blueprint)
        loaded.in_environment(environment)
        tell("plan", 1, 1)
        return loaded, planned


def _require_variables(planned: Plan, out: Path) -> None:
    """Looks before anything is written: a proof that cannot start should not cost a build.

    Raises:
        DagwayError: variables that the project needs are not set.
    """
    from dagway.prototype.prove.home import environment_of
    from dagway.prototype.prove.variables import require_variables

    require_variables(planned, environment_of(out, demo=False))


def _build(loaded: LoadedBlueprint, planned: Plan, out: Path, *, diff: bool) -> Changes:
    with phases() as tell, no_garbage_collection():
        tell("build", 0, 1)
        from dagway.prototype.build import render
        from dagway.prototype.write import write
        from dagway.prototype.written import as_written

        changes = write(render(loaded, as_written(planned, out)), out, diff_only=diff)
        tell("build", 1, 1)
        return changes


def _prove(out: Path, *, demo: bool, timeout: float) -> Evidence:
    from dagway.prototype.prove import prove

    with phases() as tell:
        return prove(out, demo=demo, progress=tell, timeout=timeout)


def _result(
    changes: Changes, planned: Plan, evidence: Evidence | None, out: Path, *, demo: bool
) -> dict[str, Any]:
    """The result as plain data; without a proof what changed, and what no line meets."""
    if evidence is None:
        return {"changes": changes, "unmet": planned.unmet}
    return {
        "met": evidence.met,
        "changes": changes,
        "evidence": evidence,
        "page": _verdict.shown(out / "evidence" / "index.html"),
        "command": _verdict.ui_command(out, demo=demo),
    }
