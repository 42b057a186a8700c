"""What to say where a selection matches nothing of a project."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from dagway.project.model import Project, slash

_MOST, _NEAR = 3, 0.7
_ATTRIBUTES = frozenset(
    {"key", "group", "tag", "kind", "owner", "column", "table_name", "and", "or", "not", "sinks", "roots"}
)


def nothing_matches(select: str, project: Project) -> tuple[str, str]:
    """That there is no such asset, and the names that come nearest."""
    known = dict(_names(project))
    words = [word.casefold() for word in re.findall(r"[\w@./-]+", select) if word not in _ATTRIBUTES]
    near = [name for word in words for name in difflib.get_close_matches(word, list(known), _MOST, _NEAR)]
    terms = list(dict.fromkeys(known[name] for name in near))[:_MOST]
    advice = f"Nearest: {', '.join(terms)}." if terms else "`dagway list` without --select shows all of them."
    return f"No asset of {project.name} matches the selection {select!r}.", advice


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that come nearest, else all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, _MOST)
    if near:
        return f"Nearest: {', '.join(near)}."
    return f"There are: {', '.join(names)}." if names else "There is none."


def _names(project: Project) -> Iterator[tuple[str, str]]:
    """Each name that a selection may hold, and the term that selects by it; what comes later wins."""
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
