"""The files of a project before they are on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HEADER = "Written by dagway from blueprint.yaml"


@dataclass(frozen=True)
class Copy:
    """A file that is copied byte for byte, so that large data never stands in memory."""

    source: Path


Files = Mapping[str, bytes | Copy]
"""Relative posix path → content."""


def header(origin: str) -> str:
    """The line that says where a file comes from, without a comment sign."""
    return f"{HEADER} ({origin})."
