"""`dg scaffold defs dagway.components.…` writes the component's example, which runs as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
from dagster.components.component_scaffolding import scaffold_component
from dagster_shared.seven import load_module_object

from dagway.errors import DagwayError

EXAMPLES = Path(__file__).parent / "examples"
PROJECT = "project"
"""In an example, what belongs in the project's root and not beside `defs.yaml`."""


def example_of(component: type[Any]) -> Path:
    """The folder of a component's example: its own, or of the Dagway component that it extends.

    Raises:
        DagwayError: there is none.
    """
    for base in component.__mro__:
        folder = EXAMPLES / re.sub(r"(?<!^)(?=[A-Z])", "_", base.__name__).lower()
        if base.__module__.startswith("dagway.") and folder.is_dir():
            return folder
    raise DagwayError(f"{component.__name__} has no example.", f"Write one in {EXAMPLES}.")


def files_of(example: Path) -> list[Path]:
    """The files of an example, without the byte code that an installation leaves beside them."""
    return sorted(path for path in example.rglob("*") if path.is_file() and path.suffix != ".pyc")


class ExampleScaffolder(dg.Scaffolder):
    """Writes the example: `defs.yaml` with what stands beside it, and its data into the project where there is none."""

    def scaffold(self, request: dg.ScaffoldRequest[Any]) -> None:
        if request.append or request.scaffold_format != "yaml":
            scaffold_component(request)
            return
        module, _, name = request.type_name.rpartition(".")
        component: Any = load_module_object(module, name)
        copy_example(example_of(component), request.target_path, request.project_root, request.type_name)


def copy_example(example: Path, folder: Path, project: Path | None, type_name: str) -> None:
    """Copy an example into a defs folder; a file of the project that is there already stays as it is."""
    for source in files_of(example):
        path = source.relative_to(example)
        if path.parts[0] != PROJECT:
            _copy(source, folder / path)
        elif project is not None and not (target := project.joinpath(*path.parts[1:])).exists():
            _copy(source, target)
    text = (example / "defs.yaml").read_text(encoding="utf-8")
    named = re.sub(r"^type: .*$", f"type: {type_name}", text, count=1, flags=re.MULTILINE)
    (folder / "defs.yaml").write_text(named, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
