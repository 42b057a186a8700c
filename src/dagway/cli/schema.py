"""`dagway schema`: the language of blueprints, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from dagway.cli._output import write_text


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file instead of printing it.",
)
def schema(output: Path | None) -> None:
    """Print the JSON Schema of blueprints (draft 2020-12).

    Editors that speak YAML complete a blueprint by it. Write it to a file, and begin the blueprint with

    \b
        # yaml-language-server: $schema=blueprint.schema.json
    """
    import json

    from dagway.blueprint.json_schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
