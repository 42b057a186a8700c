"""A first `platform.yaml` for a project that is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dagway.errors import DagwayError
from dagway.platform.home import write_private
from dagway.platform.load import FILE, parse
from dagway.project.locate import Location, locate

_TEXT = """\
# How this project runs as a platform: `dagway up` here, `dagway render` for elsewhere. Every key: `dagway schema platform`.
platform: 1
name: {name}
locations:
{locations}
profiles:
  # dagway up --profile postgres: metadata in the database that DAGSTER_POSTGRES_HOST, _DB, _USER and _PASSWORD name.
  postgres:
    runs: {{most: 25}}
"""


def init(target: Path) -> tuple[Path, Sequence[Location]]:
    """Writes `platform.yaml` beside the project, workspace or file at `target`, and nothing else.

    Returns:
        the file, and the code locations that it names.

    Raises:
        DagwayError: there is one already, or there is no project.
    """
    target = target.absolute()
    root = target if target.is_dir() else target.parent
    path = root / FILE
    if path.exists():
        raise DagwayError(f"{path} is there already.", "Change that one; `dagway doctor` looks at it.")
    found = locate(target)
    inside = "." if target.is_dir() else target.name
    name = (
        "".join(letter if letter.isalnum() else "_" for letter in root.name).lstrip("0123456789")
        or "platform"
    )
    text = _TEXT.format(
        name=name, locations=f"  # {', '.join(one.name for one in found)}\n  - path: {inside}"
    )
    # What is written is read as it will be.
    parse(text, path)
    write_private(path, text)
    path.chmod(0o644)
    return path, found
