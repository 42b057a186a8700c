"""Writes the evidence into the project: whole files, each put in place in one step."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from dagway.errors import DagwayError
from dagway.prototype.prove.model import Evidence

FOLDER, DATA, PAGE = "evidence", "evidence.json", "index.html"


def write_evidence(evidence: Evidence, folder: Path) -> None:
    """Writes the data and the page. Both are complete before either replaces an earlier proof.

    Raises:
        DagwayError: the folder cannot be written.
    """
    from dagway.prototype.prove.page import page

    place = folder / FOLDER
    texts = {PAGE: page(evidence), DATA: json.dumps(evidence.to_json(), indent=1, ensure_ascii=False) + "\n"}
    try:
        place.mkdir(exist_ok=True)
        written = {name: _write_beside(place, text) for name, text in texts.items()}
        for name, path in written.items():
            path.replace(place / name)
    except OSError as error:
        raise DagwayError(
            f"The evidence cannot be written to {place}: {error}.", "Make the folder writable."
        ) from error


def _write_beside(place: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=place, prefix=".new-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path = Path(name)
    path.chmod(0o644)
    return path
