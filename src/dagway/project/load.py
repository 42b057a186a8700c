"""Load any Dagster project from disk: ``load(path) -> Project``."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from dagway.errors import DagwayError
from dagway.garbage import no_garbage_collection
from dagway.project.duplicates import (
    DuplicateKeyError,
    duplicate,
    hidden,
    places_of_refused_name,
    refused_key,
)
from dagway.project.failure import explain
from dagway.project.locate import Location, locate
from dagway.project.model import Asset, Project
from dagway.project.surroundings import surroundings

if TYPE_CHECKING:
    import dagster as dg

    from dagway._dagster.creation import Creations


def load(path: Path, select: str | None = None) -> Project:
    """The project at a path, loaded in this process. Several code locations become one project.

    Args:
        path: a project folder, a workspace, a configuration file or a Python file with definitions.
        select: an asset selection in Dagster's syntax; only its assets are kept, and nothing but assets, as dg does.

    Raises:
        DagwayError: when there is no project, when it does not load, or when the selection is not valid.
    """
    parts = [merge(location.root, _load_location(location, select)) for location in locate(path)]
    return merge(path.absolute(), parts)


def _load_location(location: Location, select: str | None) -> tuple[Project, ...]:
    with surroundings(location):
        return read_location(location, select)


def read_location(location: Location, select: str | None = None) -> tuple[Project, ...]:
    """The repositories of one code location: one, but for several old ``@repository``. Its surroundings are set up.

    Raises:
        DagwayError: when it does not load, or when the selection is not valid.
    """
    from dagway._dagster.creation import noting_creations

    with no_garbage_collection(), noting_creations(location.owns) as creations:
        try:
            return tuple(_load(location, select, creations))
        except DagwayError:
            raise
        # A project may fail in any way, also by SystemExit: each becomes one explained error.
        except (Exception, SystemExit) as error:
            raise _explained(error, location, creations) from error


def _load(location: Location, select: str | None, creations: "Creations") -> Iterator[Project]:
    from dagway.project.read import read

    for repository in repositories(location):
        project = read(repository, location.name, location.root, creations)
        shadowed = tuple(hidden(repository, location, creations))
        yield _select(replace(project, hidden=shadowed), repository, select)


def _explained(error: BaseException, location: Location, creations: "Creations") -> DagwayError:
    twice = places_of_refused_name(str(error), creations)
    explained = explain(error, location, [(place.path, place.line or 1) for place in twice])
    key = refused_key(str(error))
    if key is None:
        return explained
    found = duplicate(key, location, creations)
    return DuplicateKeyError(explained.message, explained.remedy, found)


def repositories(location: Location) -> Sequence["dg.RepositoryDefinition"]:
    """The repositories of one code location, as Dagster has them. Its surroundings are set up.

    Raises:
        BaseException: whatever the project raises; `dagway.project.failure.explain` says it in words.
    """
    import dagster as dg

    from dagway._dagster.component_loading import fast_component_loading
    from dagway._dagster.repository import load_defs_folder, repositories_in

    # Components that keep state read it from the instance; without a home there is none to read.
    instance = dg.DagsterInstance.get() if os.getenv("DAGSTER_HOME") else nullcontext()
    with instance, fast_component_loading():
        if location.module or location.file:
            return repositories_in(_import(location), location.attribute)
        return [load_defs_folder(location.root)]


def _import(location: Location) -> ModuleType:
    if location.module:
        return importlib.import_module(location.module)
    assert location.file is not None
    if not location.file.is_file():
        raise DagwayError(
            f"There is no file {location.file}.", "Correct the path in the project's configuration."
        )
    spec = importlib.util.spec_from_file_location(location.file.stem, location.file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def _select(project: Project, repository: "dg.RepositoryDefinition", select: str | None) -> Project:
    if select is None:
        return project
    keys = _selected_keys(repository, select)
    assets = tuple(asset for asset in project.assets if asset.key in keys)
    return Project(project.name, project.root, assets)


def _selected_keys(repository: "dg.RepositoryDefinition", select: str) -> set[tuple[str, ...]]:
    import dagster as dg

    from dagway._dagster.repository import resolved_keys

    try:
        return resolved_keys(dg.AssetSelection.from_string(select), repository)
    except Exception as error:
        raise DagwayError(
            f"The selection {select!r} is not valid: {error}",
            "Write it as Dagster does, for example 'group:staging' or '+key:orders'.",
        ) from error


def merge(root: Path, projects: Sequence[Project]) -> Project:
    """Several repositories, or code locations, as one project, named after the folder; a lone one as it is."""
    if len(projects) == 1:
        return projects[0]
    names = {project.name for project in projects}
    return Project(
        name=names.pop() if len(names) == 1 else root.name,
        root=root,
        assets=tuple(_merge_assets(asset for project in projects for asset in project.assets)),
        jobs=tuple(job for project in projects for job in project.jobs),
        schedules=tuple(schedule for project in projects for schedule in project.schedules),
        sensors=tuple(sensor for project in projects for sensor in project.sensors),
        resources=tuple(dict.fromkeys(resource for project in projects for resource in project.resources)),
        dbt_sources=tuple(source for project in projects for source in project.dbt_sources),
        hidden=tuple(item for project in projects for item in project.hidden),
    )


def _merge_assets(assets: Iterable[Asset]) -> Iterator[Asset]:
    """One asset for each key: where one location only refers to it, the one that computes it is meant."""
    merged: dict[tuple[str, ...], Asset] = {}
    for asset in assets:
        known = merged.get(asset.key)
        if known is None or _nearness(asset) > _nearness(known):
            merged[asset.key] = asset
        elif _nearness(known) == _nearness(asset):
            merged[asset.key] = replace(known, deps=tuple(sorted({*known.deps, *asset.deps})))
    return iter(sorted(merged.values(), key=lambda asset: asset.key))


def _nearness(asset: Asset) -> int:
    """How much a location says of an asset: it only names it, it declares it, or it computes it."""
    return 0 if asset.stub else 1 if asset.external else 2
