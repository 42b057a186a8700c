"""Reads the plan that a project was built from."""

from __future__ import annotations

import json
from pathlib import Path

from dagway.errors import DagwayError
from dagway.prototype.model import Plan


def read_plan(folder: Path) -> Plan | None:
    """The plan of a project; None where it has no `plan.json`.

    Raises:
        DagwayError: the file is not a plan.
    """
    path = folder / "plan.json"
    if not path.is_file():
        return None
    try:
        return Plan.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DagwayError(
            f"{path} is not a plan: {type(error).__name__}: {error}.",
            "Build the project again with `dagway prototype`.",
        ) from error
