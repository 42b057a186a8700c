"""``dagway graph``: the assets of a Dagster project as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagway.cli._output import console, json_text, write_text
from dagway.cli._selected import load_selected
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from dagway.project.graph import Graph

_BY_SUFFIX = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".json": "json", ".txt": "tree"}


@click.command("graph")
@click.argument("project", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["tree", "mermaid", "svg", "json"]),
    help="How to draw it. [default: what the ending of --output says, else tree]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of the screen.",
)
@click.option(
    "--select", metavar="SELECTION", help="Only these assets, such as 'group:staging' or '+key:orders'."
)
def graph(
    project: Path, output_format: str | None, as_json: bool, output: Path | None, select: str | None
) -> int:
    """Draw the assets of any Dagster PROJECT and what depends on what.

    PROJECT is a folder, a workspace.yaml, a pyproject.toml or a Python file; the current folder by default.
    The exit status is 1 where a selection matches no asset.
    """
    from dagway.project.graph import graph_of

    kind = "json" if as_json else output_format or _kind_of(output)
    loaded, status = load_selected(project, select)
    if status and kind != "json":
        return status
    drawn = graph_of(loaded)
    if output:
        write_text(output, _text(drawn, kind, loaded.name))
    elif kind == "tree":
        _print_tree(drawn)
    else:
        click.echo(_text(drawn, kind, loaded.name), nl=False)
    return status


def _kind_of(output: Path | None) -> str:
    """What the file's ending says."""
    if output is None:
        return "tree"
    kind = _BY_SUFFIX.get(output.suffix.lower())
    if kind is None:
        raise DagwayError(
            f"The ending of {output} does not say how to draw the graph.",
            f"Let it end in {', '.join(_BY_SUFFIX)}, or name a --format.",
        )
    return kind


def _text(graph: "Graph", kind: str, title: str) -> str:
    from dagway.project.mermaid import mermaid
    from dagway.project.svg import svg
    from dagway.project.tree import tree

    if kind == "svg":
        return svg(graph, title)
    if kind == "json":
        return json_text(graph) + "\n"
    return mermaid(graph) if kind == "mermaid" else tree(graph)


def _print_tree(graph: "Graph") -> None:
    from rich.text import Text

    from dagway.project.tree import rows

    shown = console()
    for row in rows(graph):
        style = "dim" if row.repeated or row.node.external else "bold"
        line = Text.assemble((row.guide, "dim"), (row.node.key, style))
        if row.note:
            line.append(f"  {row.note}", "dim cyan")
        shown.print(line, soft_wrap=True)
