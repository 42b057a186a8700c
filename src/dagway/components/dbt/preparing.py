"""A dbt project's manifest: parsed when the project's files are not those that it was parsed from."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster_dbt
import yaml
from dagster_dbt.dbt_manifest import read_manifest_path

from dagway.components.dbt.errors import clear_errors
from dagway.errors import DagwayError

STAMP = "dagway_prepared"
"""Beside the manifest: what it was parsed from. It is written last, so an interrupted parse is done again."""
_FOLDERS = {
    "model-paths": "models",
    "seed-paths": "seeds",
    "test-paths": "tests",
    "snapshot-paths": "snapshots",
    "macro-paths": "macros",
    "analysis-paths": "analyses",
    "function-paths": "functions",
}


def prepare(project: dagster_dbt.DbtProject) -> None:
    """See that the manifest is that of the project's files, its profile and its target.

    Raises:
        DagwayError: dbt cannot parse the project; the message is dbt's.
    """
    stamp, wanted = project.manifest_path.with_name(STAMP), fingerprint(project)
    if project.manifest_path.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return
    try:
        stamp.unlink(missing_ok=True)
        _parse(project)
        stamp.write_text(wanted)
    except OSError as error:
        raise DagwayError(
            f"The dbt project {project.project_dir} cannot be prepared: {error}",
            "Where files cannot be written, run `dg utils refresh-defs-state` when the image is built.",
        ) from error


def _parse(project: dagster_dbt.DbtProject) -> None:
    what = f"dbt cannot parse {project.project_dir}"
    with clear_errors(what, "Correct the dbt project, its profile or its target."):
        project.preparer.prepare(project)
    if not project.manifest_path.is_file():
        raise DagwayError(f"{what}: it wrote no {project.manifest_path}.", "Look at what dbt printed.")
    # Dagster keeps the manifests that it read, for as long as the process lives.
    read_manifest_path.cache_clear()


def fingerprint(project: dagster_dbt.DbtProject) -> str:
    """A hash of all that the manifest depends on, apart from environment variables."""
    found = hashlib.sha256(repr((project.profile, project.target, dagster_dbt.__version__)).encode())
    for path in (*_files(project.project_dir), project.profiles_dir / "profiles.yml"):
        if path.is_file():
            found.update(f"\0{os.path.relpath(path, project.project_dir)}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """What dbt reads of a project: its settings, and all that stands in the folders that they name."""
    settings: dict[str, list[str]] = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
    yield from sorted(folder.glob("*.y*ml"))
    for kind, usual in _FOLDERS.items():
        for path in settings.get(kind, [usual]):
            yield from sorted((folder / path).rglob("*"))


def find_dbt() -> None:
    """Let Dagster find the `dbt` of this Python, also where its environment is not activated.

    Raises:
        DagwayError: there is none.
    """
    if shutil.which("dbt") or shutil.which("dbtf"):
        return
    folder = Path(sys.executable).parent
    if not (folder / "dbt").is_file():
        raise DagwayError("There is no `dbt` command.", "Install it: pip install 'dagway[dbt]'.")
    os.environ["PATH"] = os.pathsep.join([*filter(None, [os.environ.get("PATH")]), str(folder)])
