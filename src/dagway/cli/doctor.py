"""`dagway doctor`: what is wrong with a platform, and the mend."""

from __future__ import annotations

from pathlib import Path

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json

WRONG = 1
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "bold red")}


@click.command("doctor")
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--profile",
    help="This profile of platform.yaml; also DAGWAY_PROFILE, else that of the platform that is up.",
)
@format_option
@click.pass_context
def doctor(context: click.Context, target: Path, profile: str | None, output_format: OutputFormat) -> None:
    """Say what is wrong with the machine, the configuration or the environment of PROJECT's platform, and the mend.

    Nothing is started and nothing is changed. The exit status is 1 if there is a problem; warnings leave it 0.
    """
    import os

    from dagway.platform.doctor import examine
    from dagway.platform.load import PROFILE
    from dagway.platform.state import as_running

    findings = examine(as_running(target, profile or os.environ.get(PROFILE)), os.environ)
    if output_format == "json":
        print_json(findings)
    else:
        shown = console()
        for one in findings:
            mark, style = _MARKS[one.kind]
            shown.print(f"{mark} {one.what}", style=style)
            if one.remedy:
                shown.print(f"  → {one.remedy}")
    if any(one.kind == "problem" for one in findings):
        context.exit(WRONG)
