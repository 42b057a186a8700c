"""The project that `list` and `graph` show, and what to say where a selection matches none of its assets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dagway.project.model import Project

NOTHING = 1
"""Exit status where a selection matches nothing: the question was understood, and the answer is none."""
_MOST, _NEAR = 3, 0.7
_ATTRIBUTES = frozenset(
    {"key", "group", "tag", "kind", "owner", "column", "table_name", "and", "or", "not", "sinks", "roots"}
)


def load_selected(path: Path, select: str | None) -> tuple[Project, int]:
    """The project with the selected assets alone, and the exit status: 1, and a message, where there are none.

    Raises:
        DagwayError: there is no project, it does not load, or the selection is not valid.
    """
    from dagway.project.load import load

    loaded = load(path, select)
    if select is None or loaded.assets:
        return loaded, 0
    click.echo(nothing_matches(select, load(path)), err=True)
    return loaded, NOTHING


def nothing_matches(select: str, project: Project) -> str:
    """That there is no such asset, and the names that come nearest."""
    known = dict(_names(project))
    words = [word.casefold() for word in re.findall(r"[\w@./-]+", select) if word not in _ATTRIBUTES]
    near = [name for word in words for name in difflib.get_close_matches(word, list(known), _MOST, _NEAR)]
    terms = list(dict.fromkeys(known[name] for name in near))[:_MOST]
    advice = f"Nearest: {', '.join(terms)}." if terms else "`dagway list` without --select shows all of them."
    return f"No asset of {project.name} matches the selection {select!r}.\n  {advice}"


def _names(project: Project) -> Iterator[tuple[str, str]]:
    """Each name that a selection may hold, and the term that selects by it; what comes later wins."""
    from dagway.project.model import slash

    for asset in project.assets:
        for name, value in dict(asset.tags).items():
            yield value.casefold(), f'tag:"{name}"="{value}"'
        yield from ((owner.casefold(), f'owner:"{owner}"') for owner in asset.owners)
        yield from ((kind.casefold(), f"kind:{kind}") for kind in asset.kinds)
    for asset in project.assets:
        term = f'key:"{slash(asset.key)}"'
        yield asset.key[-1].casefold(), term
        yield slash(asset.key).casefold(), term
    yield from ((asset.group.casefold(), f"group:{asset.group}") for asset in project.assets)
