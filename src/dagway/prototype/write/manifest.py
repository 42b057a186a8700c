"""What Dagway wrote: the hash of each file, by which a person's change is told from Dagway's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from dagway.errors import DagwayError

PATH = ".dagway/manifest.json"


@dataclass(frozen=True)
class Manifest:
    """Path → SHA-256 of what Dagway last wrote or offered there.

    Attributes:
        files: the project's files.
        beside: the `.dagway-new` files.
    """

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    beside: Mapping[str, str] = field(default_factory=dict[str, str])

    def to_bytes(self) -> bytes:
        """The file's text."""
        content = {"version": 1, "files": dict(self.files), "beside": dict(self.beside)}
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def read(folder: Path) -> Manifest:
    """The manifest of a project; empty for a folder that Dagway never wrote to.

    Raises:
        DagwayError: the file is not as Dagway wrote it.
    """
    path = folder / PATH
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(_hashes(content["files"]), _hashes(content["beside"]))
    except FileNotFoundError:
        return Manifest()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DagwayError(
            f"{path} is damaged: {error!r}.",
            "Delete it and build again: then no file that differs is overwritten, each new version is put beside it.",
        ) from None


def _hashes(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError("a mapping was expected")
    return {str(path): str(digest) for path, digest in cast("dict[object, object]", value).items()}
