"""`dagway verify`: proves a built project again."""

from __future__ import annotations

from pathlib import Path

import click

from dagway.cli._output import OutputFormat, format_option, print_json
from dagway.cli._timeout import timeout_option

UNMET = 1


@click.command("verify")
@click.argument("project", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--demo", is_flag=True, help="Demo data and local simulators: no credential and no network are needed."
)
@timeout_option
@format_option
@click.pass_context
def verify(
    context: click.Context, project: Path, demo: bool, timeout: float, output_format: OutputFormat
) -> None:
    """Run PROJECT, the current folder by default, and say of each requirement whether it is met.

    Materializes every asset with its checks, evaluates schedules and sensors, reads exports back, sets off each alert
    towards a local receiver, and goes through the validation checklist. The evidence is written to
    PROJECT/evidence/index.html and evidence.json.

    The exit status is 0 if all holds, 1 if a requirement is unmet or a line of the checklist failed, 2 for an error.
    """
    from dagway.cli._phases import phases
    from dagway.cli._verdict import show
    from dagway.prototype.prove import prove

    with phases() as tell:
        evidence = prove(project, demo=demo, progress=tell, timeout=timeout)
    if output_format == "json":
        print_json(evidence)
    else:
        show(evidence, project, demo=demo)
    if not evidence.met:
        context.exit(UNMET)
