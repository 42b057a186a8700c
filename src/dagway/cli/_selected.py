"""The project that `list` and `graph` show, and what to say where a selection matches none of its assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dagway.project.model import Project

NOTHING = 1
"""Exit status where a selection matches nothing: the question was understood, and the answer is none."""


def load_selected(path: Path, select: str | None) -> tuple[Project, int]:
    """The project with the selected assets alone, and the exit status: 1, and a message, where there are none.

    Raises:
        DagwayError: there is no project, it does not load, or the selection is not valid.
    """
    from dagway.project.load import load
    from dagway.project.nearest import nothing_matches

    loaded = load(path, select)
    if select is None or loaded.assets:
        return loaded, 0
    message, advice = nothing_matches(select, load(path))
    click.echo(f"{message}\n  {advice}", err=True)
    return loaded, NOTHING
