"""`dagway schema`: the languages of blueprints and platforms, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from dagway.cli._output import write_text


@click.command()
@click.argument("language", type=click.Choice(["blueprint", "platform"]), default="blueprint")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file instead of printing it.",
)
def schema(language: str, output: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of blueprints, or of platform.yaml.

    Editors that speak YAML complete a file by it. Write it to one, and begin the blueprint with

    \b
        # yaml-language-server: $schema=blueprint.schema.json
    """
    import json

    from dagway.blueprint.json_schema import json_schema, schema_of

    if language == "platform":
        from dagway.platform.model import PlatformConfig

        made = schema_of(PlatformConfig, "Dagway platform")
    else:
        made = json_schema()
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
