"""Names that the blueprint's language takes, made from names as they are found."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST = 50
"""Characters of a name, so that a number or a prefix still fits into what databases take."""
UNNAMED = "data"
STAGING = "staging"
"""The group of the assets that a draft makes."""


def identifier(text: str) -> str:
    """Lower case, digits and underscores, not beginning with a digit: `Orders 2024` becomes `orders_2024`, `Été` `ete`,
    a word of Python gets a suffix."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", letters.lower()).strip("_")[:LONGEST].strip("_")
    if not name:
        return UNNAMED
    if keyword.iskeyword(name):
        return f"{name}_data"
    return name if name[0].isalpha() else f"t_{name}"


def identifiers(found: Iterable[str]) -> list[str]:
    """An identifier for each name, in order, each once: the second `orders` becomes `orders_2`."""
    return _each_once(map(identifier, found))


def source_name(text: str) -> str:
    """An identifier that is no other part of the built project, of the draft or of the warehouse: `Exports` becomes
    `exports_data`, `staging` `staging_data`."""
    from dagway.blueprint.rules_project import FOLDERS, RESOURCES, SCHEMAS

    name = identifier(text)
    return f"{name}_data" if name in FOLDERS | RESOURCES | SCHEMAS | {STAGING} else name


def source_names(found: Iterable[str]) -> list[str]:
    """As `source_name`, for each name in order, each once."""
    return _each_once(map(source_name, found))


def staging_names(tables: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The name of the staging asset of each table, each once: the table's, with its source's in front where two sources have a
    table of that name.

    Args:
        tables: source and table.
    """
    places = list(tables)
    count = Counter(table for _, table in places)
    names = _each_once(table if count[table] == 1 else f"{source}_{table}" for source, table in places)
    return dict(zip(places, names, strict=True))


def _each_once(wanted: Iterable[str]) -> list[str]:
    names: list[str] = []
    for base in wanted:
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def project_name(text: str) -> str:
    """An identifier that hides no module of Python or of the project: `calendar` becomes `calendar_project`."""
    from dagway.blueprint.rules import is_taken

    name = identifier(text)
    return f"{name}_project" if is_taken(name) else name
