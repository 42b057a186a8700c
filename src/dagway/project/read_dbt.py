"""The files of a repository's dbt models and the sources that they read, as dagster-dbt notes them. No import of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dagway.project.model import DbtSource, Key, Position
from dagway.project.own_files import own_files
from dagway.project.place import STATE

_NAMES = _MANIFEST, _TRANSLATOR, _PROJECT = (
    "dagster_dbt/manifest",
    "dagster_dbt/dagster_dbt_translator",
    "dagster_dbt/project",
)
_IDENTITY = "dagster_dbt/unique_id"


def model_place(metadata: Mapping[str, Any], root: Path) -> tuple[Path, int] | None:
    """The first line of the file of the model, seed or snapshot that makes an asset; None for any other asset."""
    manifest = getattr(metadata.get(_MANIFEST), "manifest", None)
    if manifest is None:
        return None
    properties = manifest.get("nodes", {}).get(metadata.get(_IDENTITY), {})
    path = _file(properties, metadata.get(_PROJECT), root)
    return (path, 1) if path else None


def dbt_sources(nodes: Iterable[Any], root: Path) -> tuple[DbtSource, ...]:
    """The sources that a loaded model reads, each once; a source whose key the translator cannot tell is left out."""
    readers: dict[Key, list[Key]] = {}
    projects: dict[int, _Project] = {}
    for node in nodes:
        if _MANIFEST in node.metadata and _TRANSLATOR in node.metadata:
            manifest, translator, project = (node.metadata.get(name) for name in _NAMES)
            manifest = getattr(manifest, "manifest", manifest)
            projects.setdefault(id(manifest), _Project(manifest, translator, project))
            for key in node.parent_keys:
                readers.setdefault(tuple(key.path), []).append(tuple(node.key.path))
    found = {
        source.key: source for project in projects.values() for source in _of_project(project, readers, root)
    }
    return tuple(found[key] for key in sorted(found))


class _Project(NamedTuple):
    """A dbt project as dagster-dbt knows it; without a folder where only its manifest was given."""

    manifest: Mapping[str, Any]
    translator: Any
    folder: Any


def _of_project(given: _Project, readers: Mapping[Key, list[Key]], root: Path) -> Iterator[DbtSource]:
    for identity, properties in given.manifest.get("sources", {}).items():
        key = _key(given, identity)
        if key is not None and key in readers:
            name = (str(properties.get("source_name", "")), str(properties.get("name", "")))
            place = _position(properties, name, given.folder, root)
            yield DbtSource(key, name, tuple(sorted(readers[key])), place)


def _key(given: _Project, identity: str) -> Key | None:
    """The source's asset key; None where a team's own translator does not take sources."""
    try:
        spec = given.translator.get_asset_spec(given.manifest, identity, given.folder)
        return tuple(spec.key.path)
    except Exception:
        return None


def _position(
    properties: Mapping[str, Any], name: tuple[str, str], project: Any, root: Path
) -> Position | None:
    """The line of the table in the YAML that declares it."""
    path = _file(properties, project, root)
    if path is None:
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines, 1) if _names(line, name[0])]
    begin = starts[0] if starts else 1
    tables = (number for number, line in enumerate(lines, 1) if number >= begin and _names(line, name[1]))
    return Position(path, next(tables, begin))


def _file(properties: Mapping[str, Any], project: Any, root: Path) -> Path | None:
    """What dbt says something is defined in, where it is a file of the project."""
    given, file = getattr(project, "project_dir", None), properties.get("original_file_path")
    folder = _original(Path(root, given).resolve(), root) if given else None
    path = folder / file if folder and file else None
    return path if path and path.is_file() and path.is_relative_to(root) else None


_CONFIGURATION = "dbt_project.yml"


@cache
def _original(folder: Path, root: Path) -> Path | None:
    """The dbt project that people edit: the one that a component's copy was made of; None where that is not below the root."""
    if STATE not in folder.parts:
        return folder
    wanted = _text(folder)
    return next((found for found in _dbt_projects(root) if wanted and _text(found) == wanted), None)


def _dbt_projects(root: Path) -> Iterator[Path]:
    return (file.parent for file in own_files(root) if file.name == _CONFIGURATION)


def _text(folder: Path) -> str | None:
    path = folder / _CONFIGURATION
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _names(line: str, name: str) -> bool:
    return bool(re.match(rf"""\s*-?\s*name:\s*["']?{re.escape(name)}["']?\s*(#.*)?$""", line))
