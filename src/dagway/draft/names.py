"""Names that the blueprint's language takes, made from names as they are found."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

LONGEST = 50
"""Characters of a name, so that a number or a prefix still fits into what databases take."""
UNNAMED = "data"


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
    names: list[str] = []
    for text in found:
        name = base = identifier(text)
        number = 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def project_name(text: str) -> str:
    """An identifier that hides no module of Python or of the project: `calendar` becomes `calendar_project`."""
    from dagway.blueprint.rules import is_taken

    name = identifier(text)
    return f"{name}_project" if is_taken(name) else name
