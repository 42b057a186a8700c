"""Dagster's home for proofs, and the environment that the project runs in."""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path

from dagway.errors import DagwayError
from dagway.project.env_file import of_project
from dagway.project.home import HOME, make_home


def require_dg(folder: Path) -> None:
    """Sees that dg knows the project: a proof runs dg's own commands.

    Raises:
        DagwayError: neither the folder nor one above it has dg's configuration.
    """
    if not any(_is_configured(place) for place in (folder, *folder.parents)):
        raise DagwayError(
            f"{folder} is no project of dg, whose commands a proof runs: there is no dg.toml, and no pyproject.toml with [tool.dg].",
            "Give a project that `dagway prototype` or `create-dagster` made.",
        )


def _is_configured(folder: Path) -> bool:
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        if "dg" in tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {}):
            return True
    return (folder / "dg.toml").is_file()


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
