"""Names that the blueprint's language takes, made from names as they are found."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

LONGEST = 50
"""Characters of a name, so that a number or a prefix still fits into what databases take."""


def identifier(text: str) -> str:
    """Lower case, digits and underscores, not beginning with a digit: `Orders 2024` becomes `orders_2024`,
    a word of Python gets a suffix."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:LONGEST].strip("_")
    if not name:
        return "table"
    if keyword.iskeyword(name):
        return f"{name}_data"
    return name if name[0].isalpha() else f"t_{name}"


def identifiers(found: Iterable[str]) -> dict[str, str]:
    """Found name → identifier, each identifier once: the second `orders` becomes `orders_2`."""
    names: dict[str, str] = {}
    for text in found:
        name = base = identifier(text)
        number = 2
        while name in names.values():
            name, number = f"{base}_{number}", number + 1
        names[text] = name
    return names
