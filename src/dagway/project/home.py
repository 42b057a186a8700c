"""Dagster's home of a project, for whoever has named no other."""

from __future__ import annotations

import os
from pathlib import Path

HOME = Path(".dagway") / "home"
SETTINGS = "telemetry:\n  enabled: false\n"


def make_home(folder: Path) -> Path:
    """The project's `.dagway/home`, made where it is missing; an existing `dagster.yaml` stays as it is.

    Raises:
        OSError: the folder cannot be written.
    """
    home = folder / HOME
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    if not os.access(home, os.W_OK):
        raise PermissionError(f"{home} is read-only")
    return home
