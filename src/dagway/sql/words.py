"""What sqlglot's parser finds, said in words of SQL: names of its classes and tokens mean nothing to who wrote the query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.errors import ParseError

_SAID = (
    (
        re.compile(r"Invalid expression / Unexpected token"),
        "it does not belong here, or a word before it is misspelt",
    ),
    (
        re.compile(r"Required keyword: .* missing for .*"),
        "something is missing here: a name, a value or a query",
    ),
    (re.compile(r"Expected table name but got .*"), "the name of a table is missing here"),
    (re.compile(r"Expect(?:ed|ing) ([][(){}<>])"), r"a \1 is missing here"),
    (re.compile(r"Expect(?:ed|ing) (?:either )?([^<]*)"), r"\1 is missing here"),
)


def near(error: ParseError) -> tuple[str, str, int, int]:
    """The word at which reading stopped, what is wrong there, and its line and column, both from 1."""
    first = error.errors[0] if error.errors else {}
    word = first.get("highlight") or ""
    line, column = first.get("line") or 1, (first.get("col") or 1) - max(len(word) - 1, 0)
    return word, _reason(first.get("description") or ""), line, max(column, 1)


def _reason(description: str) -> str:
    for pattern, words in _SAID:
        match = pattern.fullmatch(description)
        if match:
            return match.expand(words)
    return "it cannot be read from here on"
