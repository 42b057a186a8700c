"""What is wrong with a blueprint: where, what, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError

SHOWN = 100
"""Most mistakes that one error prints; the rest are counted."""
_WIDEST = 160


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file; line and column count from 1."""

    path: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        message: what is wrong, in one sentence without a full stop.
        remedy: what to write; empty only where the message already says it.
        line: the line of the file, secrets masked; empty where there is none to show.
    """

    position: Position
    message: str
    remedy: str = ""
    line: str = ""

    def to_json(self) -> dict[str, Any]:
        """The mistake as plain data."""
        return {
            "path": str(self.position.path),
            "line": self.position.line,
            "column": self.position.column,
            "message": self.message,
            "remedy": self.remedy,
            "quote": self.line,
        }

    def __str__(self) -> str:
        parts = [f"{self.position}: {self.message}", *self._quote()]
        if self.remedy:
            parts.append(f"    → {self.remedy}")
        return "\n".join(parts)

    def _quote(self) -> list[str]:
        """The line with a caret under the column; a window of it where the line is long."""
        if not self.line.strip():
            return []
        start = max(0, self.position.column - 1 - _WIDEST // 2) if len(self.line) > _WIDEST else 0
        window = self.line[start : start + _WIDEST].rstrip()
        caret = min(self.position.column - 1 - start, len(window))
        return [f"    {window}", "    " + " " * caret + "^"]


class BlueprintErrors(DagwayError):  # noqa: N818  it holds several
    """Every mistake of one blueprint, in the order of their places."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes), key=lambda mistake: (_order(mistake), mistake.message)))
        super().__init__(_text(self.mistakes))

    def to_json(self) -> list[dict[str, Any]]:
        """The mistakes as plain data, all of them."""
        return [mistake.to_json() for mistake in self.mistakes]


def _order(mistake: Mistake) -> tuple[bool, str, int, int]:
    """The blueprint before the files that it names."""
    place = mistake.position
    return (place.path.suffix in {".sql", ".py"}, str(place.path), place.line, place.column)


def _text(mistakes: tuple[Mistake, ...]) -> str:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes):,} mistakes"
    if len(mistakes) > SHOWN:
        count += f", the first {SHOWN} shown"
    return "\n".join([*(str(mistake) for mistake in mistakes[:SHOWN]), count])
