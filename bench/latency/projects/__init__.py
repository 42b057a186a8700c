"""The projects that are run. A peer of Dagster's gets a copy."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

MODELS = 1000


def small(folder: Path) -> Path:
    """The project of every small workload, copied into `folder`."""
    return Path(shutil.copytree(Path(__file__).parent / "small", folder / "small"))


def large(folder: Path, python: Path) -> Path:
    """Two thousand assets: a thousand dbt models, parsed once with this interpreter's dbt, and a thousand in Python.

    Raises:
        RuntimeError: dbt refuses its project.
    """
    copy = Path(shutil.copytree(Path(__file__).parent / "large", folder / "large"))
    _dbt_project(copy / "warehouse")
    dbt = [str(python.with_name("dbt")), "parse", "--quiet", "--profiles-dir", "."]
    parsed = subprocess.run(dbt, cwd=copy / "warehouse", capture_output=True, text=True, check=False)
    if parsed.returncode:
        raise RuntimeError(f"dbt could not parse its project: {parsed.stdout[-500:]}{parsed.stderr[-500:]}")
    return copy


def _dbt_project(folder: Path) -> None:
    """Models in ten layers: each reads two of the layer before."""
    models = folder / "models"
    models.mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: warehouse\nprofile: warehouse\n")
    (folder / "profiles.yml").write_text(
        "warehouse:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb}\n"
    )
    layer = MODELS // 10
    for number in range(MODELS):
        upstream = [(number - layer), (number - layer) // layer * layer] if number >= layer else []
        (models / f"model_{number:04}.sql").write_text(_model(upstream))


def _model(upstream: list[int]) -> str:
    if not upstream:
        return "select 1 as id\n"
    return (
        "\nunion all\n".join(f"select id from {{{{ ref('model_{number:04}') }}}}" for number in upstream)
        + "\n"
    )
