"""Dagster's home for proofs, and the environment that the project runs in."""

from __future__ import annotations

import os
from pathlib import Path

from dagway.errors import DagwayError
from dagway.project.env_file import of_project
from dagway.project.home import HOME, make_home


def prepare_home(folder: Path) -> Path:
    """The project's `.dagway/home`, made where it is missing; an existing `dagster.yaml` stays as it is.

    Raises:
        DagwayError: the folder cannot be written.
    """
    evidence = folder / "evidence"
    try:
        home = make_home(folder)
        evidence.mkdir(exist_ok=True)
        if not os.access(evidence, os.W_OK):
            raise PermissionError(f"{evidence} is read-only")
    except OSError as error:
        raise DagwayError(
            f"{folder} cannot be written, and a proof leaves its runs and its evidence there: {error}.",
            "Prove a copy of the project in a folder that you may write.",
        ) from error
    return home


def environment_of(folder: Path, *, demo: bool) -> dict[str, str]:
    """This process's variables, those of the project's `.env` that are not set, and what a proof adds.

    Raises:
        DagwayError: the `.env` cannot be read.
    """
    found = of_project(folder, os.environ)
    found |= {"DAGSTER_HOME": str(folder / HOME), "DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONUNBUFFERED": "1"}
    found.pop("DAGWAY_DEMO", None)
    return found | ({"DAGWAY_DEMO": "1"} if demo else {})
