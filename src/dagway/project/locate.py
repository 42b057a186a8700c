"""Where a project's definitions are, read from its configuration files. Nothing of the project is executed."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from dagway.errors import DagwayError

LOOKED_FOR = (
    "pyproject.toml or dg.toml with [tool.dg.project], [tool.dg.workspace] or [tool.dagster]",
    "workspace.yaml",
    "definitions.py",
)

Table = Mapping[str, Any]


class NoProjectError(DagwayError):
    """A folder or file in which nothing says where definitions are."""


@dataclass(frozen=True)
class Location:
    """One code location.

    Either ``module`` (to import) or ``file`` (Python, to run) is set, or neither: then dg's defs folder is autoloaded.
    ``paths`` are the folders that Python searches first, in this order. ``interpreter`` is the ``executable_path`` of a workspace:
    it is not used, for Dagway need not be installed there, but named where something is missing here.
    """

    name: str
    root: Path
    paths: tuple[Path, ...]
    module: str | None = None
    file: Path | None = None
    attribute: str | None = None
    interpreter: str | None = None

    def owns(self, file: str) -> bool:
        """Whether a file, given by its absolute path, is the project's own. Text, not paths: this is asked often."""
        return file.startswith(self._folders) and "/site-packages/" not in file

    @cached_property
    def _folders(self) -> tuple[str, ...]:
        return tuple(f"{folder}{os.sep}" for folder in (self.root, *self.paths))


def locate(path: Path) -> tuple[Location, ...]:
    """The code locations of a project folder, a configuration file or a Python file, in the order of their file.

    Raises:
        DagwayError: when there is no project, or its configuration cannot be read.
    """
    path = path.absolute()
    if not path.exists():
        raise DagwayError(f"There is no file or folder {path}.", "Give the folder of a Dagster project.")
    found = tuple(_of_file(path) if path.is_file() else _of_folder(path))
    if not found:
        looked = "".join(f"\n    - {name}" for name in LOOKED_FOR)
        raise NoProjectError(
            f"{path} is not a Dagster project. Looked there for:{looked}",
            "Give the folder that has one of them, or a Python file with Definitions.",
        )
    return found


def _of_file(path: Path) -> Iterator[Location]:
    if path.suffix == ".py":
        yield _python_file(path, root=path.parent)
    elif path.suffix in {".yaml", ".yml"}:
        yield from _of_workspace_yaml(path)
    elif path.suffix == ".toml":
        yield from _of_toml(path)


def _of_folder(root: Path) -> Iterator[Location]:
    """As dg and dagster look: dg's configuration first, then workspace.yaml, then [tool.dagster], then a plain file."""
    for name in ("dg.toml", "pyproject.toml"):
        if locations := tuple(_of_dg(root / name)):
            yield from locations
            return
    workspace = root / "workspace.yaml"
    has_code = workspace.is_file() and not _names_only_servers(workspace)
    if has_code:
        yield from _of_workspace_yaml(workspace)
    elif locations := tuple(_of_dagster(root / "pyproject.toml")):
        yield from locations
    elif (root / "definitions.py").is_file():
        yield _python_file(root / "definitions.py", root)
    elif workspace.is_file():
        # It says why nothing can be loaded.
        yield from _of_workspace_yaml(workspace)


def names_servers(root: Path, here: Iterable[Location] = ()) -> bool:
    """Whether the folder's workspace has code locations that are somewhere else, behind a server.

    Args:
        here: locations whose code is known: a server with the name of one, or of its package, serves it.
    """
    workspace = root / "workspace.yaml"
    if not workspace.is_file():
        return False
    known = {name for location in here for name in (location.name, (location.module or "").partition(".")[0])}
    entries = _list(_yaml(workspace), "load_from")
    return any(
        _SERVER in entry and _table(entry, _SERVER).get("location_name") not in known for entry in entries
    )


def _names_only_servers(workspace: Path) -> bool:
    entries = _list(_yaml(workspace), "load_from")
    return bool(entries) and all(_SERVER in entry for entry in entries)


_SERVER = "grpc_server"


def _of_toml(path: Path) -> Iterator[Location]:
    return iter(tuple(_of_dg(path)) or tuple(_of_dagster(path)))


def _of_dg(path: Path) -> Iterator[Location]:
    tables = _toml(path)
    config = tables if path.name == "dg.toml" else _table(_table(tables, "tool"), "dg")
    if "project" in config:
        yield _dg_project(path, _table(config, "project"))
    for spec in _list(_table(config, "workspace"), "projects"):
        yield from _of_workspace_project(path, spec)


def _of_workspace_project(path: Path, spec: Table) -> Iterator[Location]:
    folder = path.parent / str(spec.get("path", ""))
    locations = tuple(found for name in ("dg.toml", "pyproject.toml") for found in _of_dg(folder / name))
    if not locations:
        raise DagwayError(
            f"{path}: the workspace lists the project {folder}, which has no [tool.dg.project].",
            "Correct its path, or remove it from the list.",
        )
    yield locations[0]


def _dg_project(path: Path, project: Table) -> Location:
    root = path.parent
    package = project.get("root_module")
    if not isinstance(package, str):
        raise DagwayError(
            f"{path}: [tool.dg.project] has no root_module.", 'Add a line such as root_module = "my_project".'
        )
    target = str(project.get("code_location_target_module") or f"{package}.definitions")
    paths = _source_paths(root)
    return Location(
        name=str(project.get("code_location_name") or root.name),
        root=root,
        paths=paths,
        module=target if _has_module(paths, target) else None,
    )


def _of_dagster(path: Path) -> Iterator[Location]:
    config = _table(_table(_toml(path), "tool"), "dagster")
    specs = [config, *_list(config, "modules")]
    for spec in specs:
        module = spec.get("module_name") or (spec.get("name") if spec is not config else None)
        if isinstance(module, str):
            name = str(spec.get("code_location_name") or module)
            yield Location(name, path.parent, _source_paths(path.parent), module=module)


def _of_workspace_yaml(path: Path) -> Iterator[Location]:
    entries = _list(_yaml(path), "load_from")
    if not entries:
        raise DagwayError(f"{path}: load_from lists no code location.", "Add a python_file or python_module.")
    here = [entry for entry in entries if _SERVER not in entry]
    for entry in here or entries:
        kind, value = next(iter(entry.items()), ("nothing", None))
        yield _workspace_entry(path, str(kind), value)


def _workspace_entry(path: Path, kind: str, value: Any) -> Location:
    names = {"python_file": "relative_path", "python_module": "module_name", "python_package": "package_name"}
    if kind not in names:
        raise DagwayError(
            f"{path}: a location of kind {kind} cannot be listed: its code is not here.",
            f"Use one of {', '.join(names)}.",
        )
    spec: Table = cast("Table", value) if isinstance(value, dict) else {names[kind]: value}
    target, root = spec.get(names[kind]), path.parent
    if not isinstance(target, str):
        raise DagwayError(f"{path}: {kind} has no {names[kind]}.", f"Add it, such as {names[kind]}: ….")
    folder = (root / str(spec.get("working_directory") or ".")).resolve()
    name = str(spec.get("location_name") or target)
    attribute, interpreter = spec.get("attribute"), spec.get("executable_path")
    if kind == "python_file":
        file = (root / target).resolve()
        return Location(name, root, (folder,), file=file, attribute=attribute, interpreter=interpreter)
    paths = tuple(dict.fromkeys((folder, *_source_paths(root))))
    return Location(name, root, paths, module=target, attribute=attribute, interpreter=interpreter)


def _python_file(path: Path, root: Path) -> Location:
    if not path.is_file():
        raise DagwayError(f"There is no file {path}.", "Correct the path in the project's configuration.")
    return Location(path.stem, root, (root,), file=path)


def _source_paths(root: Path) -> tuple[Path, ...]:
    return tuple(folder for folder in (root / "src", root) if folder.is_dir())


def _has_module(paths: tuple[Path, ...], module: str) -> bool:
    parts = module.split(".")
    stems = [folder.joinpath(*parts) for folder in paths]
    return any(stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file() for stem in stems)


def _toml(path: Path) -> Table:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DagwayError(f"{path} is not valid TOML: {error}.", "Mend the file.") from error


def _yaml(path: Path) -> Table:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DagwayError(f"{path} is not valid YAML: {error}.", "Mend the file.") from error
    return cast("Table", content) if isinstance(content, dict) else {}


def _table(table: Table, name: str) -> Table:
    value = table.get(name)
    return cast("Table", value) if isinstance(value, dict) else {}


def _list(table: Table, name: str) -> list[Table]:
    value: object = table.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return [cast("Table", item) for item in items if isinstance(item, dict)]
