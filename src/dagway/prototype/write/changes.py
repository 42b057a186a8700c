"""What a build changes on disk."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Changes:
    """Paths, relative to the project's root.

    Attributes:
        created: new files.
        updated: files that Dagway wrote and nobody changed since.
        unchanged: files that are as they should be.
        kept: files that a person changed; they stay as they are.
        deleted: files that a person deleted; they are not made again.
        removed: files that the blueprint no longer asks for.
        beside: Dagway's version of kept files, `<file>.dagway-new`.
        diffs: a unified diff of each file that is updated or has a version beside it.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    diffs: str = ""

    @property
    def any(self) -> bool:
        """Whether a file is written or removed."""
        return bool(self.created or self.updated or self.removed or self.beside)

    def to_json(self) -> dict[str, Any]:
        """The changes as plain data."""
        values = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: list(value) if name != "diffs" else value for name, value in values}
