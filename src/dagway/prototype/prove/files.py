"""Writes the evidence into the project: whole files, each put in place in one step."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from dagway.errors import DagwayError
from dagway.prototype.prove.model import Evidence
from dagway.prototype.prove.room import no_room

FOLDER, DATA, PAGE = "evidence", "evidence.json", "index.html"


def write_evidence(evidence: Evidence, folder: Path) -> None:
    """Writes the data and the page. Both are complete before either replaces an earlier proof.

    Raises:
        DagwayError: the folder cannot be written.
    """
    from dagway.prototype.prove.page import page

    place, written = folder / FOLDER, dict[str, Path]()
    texts = {PAGE: page(evidence), DATA: json.dumps(evidence.to_json(), indent=1, ensure_ascii=False) + "\n"}
    try:
        place.mkdir(exist_ok=True)
        for name, text in texts.items():
            written[name] = _write_beside(place, text)
        for name, path in written.items():
            path.replace(place / name)
    except OSError as error:
        doing = f"The evidence cannot be written to {place}"
        raise no_room(error, doing) or DagwayError(
            f"{doing}: {error}.", "Make the folder writable."
        ) from error
    finally:
        for path in written.values():
            path.unlink(missing_ok=True)


def _write_beside(place: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=place, prefix=".new-")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o644)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
