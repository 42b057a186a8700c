"""`dagway draft`: a first blueprint from what is there."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json
from dagway.cli._phases import phases

if TYPE_CHECKING:
    from dagway.draft.write import Draft


@click.command()
@click.argument("source", metavar="FOLDER|DATABASE")
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

    DATABASE is a DuckDB or SQLite file, or an address such as postgresql://user@host/database. Files, tables and views
    become sources, each with a typed and checked staging asset. Keys, not-null columns, value sets,
    ranges and relationships are found by profiling the rows; each line says from how many. Of a database, the rows read are
    kept as Parquet files beside the blueprint, for demo mode: mind who may see them. A text in which every value is a date, a
    time or a number with decimals is cast to that in staging. What was not read is listed as left out.
    """
    from dagway.draft.write import write_draft
    from dagway.prototype.plan import plan

    with phases() as tell:
        written = write_draft(
            source,
            output,
            name=name,
            tables=tables,
            sample=sample,
            force=force,
            step=lambda done, total: tell("profile", done, total),
            check=plan,
        )
    if output_format == "json":
        print_json(written)
    else:
        _show(written, source)


def _show(written: Draft, source: str) -> None:
    from dagway.draft.text import counted, table_lines

    shown = console()
    lines = [line for source in written.sources for line in table_lines(source)]
    said = f"{counted(len(lines), 'table')}, {counted(written.checks, 'check')}"
    shown.print(f"Wrote {written.path}: {said}.", soft_wrap=True)
    for line in lines:
        shown.print(f"  {line}", soft_wrap=True)
    for path in written.left_out:
        shown.print(f"  left out {path}", soft_wrap=True)
    if written.database:
        address = (
            "this address"
            if "://" in source
            else f"{written.database.integration}:///{Path(source).resolve()}"
        )
        shown.print(
            f"For real runs, set {written.database.address} to {address} or that of another such database.",
            soft_wrap=True,
        )
        shown.print(
            f"Rows for demo mode lie in {written.database.demo}: they are real, so mind who may see them."
        )
    path = shlex.quote(str(written.path))
    shown.print('Fill in the lines marked "fill in", then:')
    shown.print(f"  dagway plan {path}", soft_wrap=True)
    shown.print(f"  dagway prototype {path} out --demo", soft_wrap=True)
