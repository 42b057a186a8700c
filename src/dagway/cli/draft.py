"""`dagway draft`: a first blueprint from what is there."""

from __future__ import annotations

from pathlib import Path

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json, track


@click.command()
@click.argument("source", metavar="FOLDER|DATABASE_URL")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("blueprint.yaml"),
    show_default=True,
    help="Where to write the blueprint. Files must lie in its folder or below.",
)
@click.option("--name", help="The project's name; made from the folder's or database's name if left out.")
@click.option("--table", "tables", multiple=True, help="Only this table of a database; may be repeated.")
@click.option(
    "--sample", type=click.IntRange(min=1), default=100_000, show_default=True, help="Rows read of a table."
)
@click.option("--force", is_flag=True, help="Write over a blueprint that is there.")
@format_option
def draft(
    source: str,
    output: Path,
    name: str | None,
    tables: tuple[str, ...],
    sample: int,
    force: bool,
    output_format: OutputFormat,
) -> None:
    """Write a first blueprint from a folder of files or a database.

    Tables and files become sources, each with a typed and checked staging asset. Keys, not-null columns, value sets,
    ranges and relationships are found by profiling the rows; each line says from how many. Of a database, the rows read are
    kept as Parquet files beside the blueprint, for demo mode: mind who may see them.
    """
    from dagway.draft.write import write_draft

    with track("Profiling"):
        written = write_draft(source, output, name=name, tables=tables, sample=sample, force=force)
    if output_format == "json":
        print_json(written)
        return
    shown = console()
    shown.print(f"Wrote {written.path}: {len(written.tables)} tables, {written.checks} checks.")
    for table in written.tables:
        shown.print(f"  {table}")
    if written.variable:
        shown.print(f"Set {written.variable} to the database's address for real runs.")
        shown.print(f"Rows for demo mode lie in {written.demo}: they are real, so mind who may see them.")
    shown.print('Fill in the lines marked "fill in", then:')
    shown.print(f"  dagway plan {written.path}")
    shown.print(f"  dagway prototype {written.path} out --demo")
