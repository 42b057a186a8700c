"""The repositories that Dagster finds in a module: the same rules as ``dagster dev`` follows."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import FunctionType, ModuleType
from typing import cast

from dagster import (
    AssetKey,
    AssetSelection,
    Definitions,
    RepositoryDefinition,
    load_from_defs_folder,
)
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType
from dagster.components.definitions import LazyDefinitions


def repositories_in(module: ModuleType, attribute: str | None = None) -> Sequence[RepositoryDefinition]:
    """The repositories of a loaded module: one, or several where it defines several with ``@repository``.

    Args:
        attribute: the name of the only object to take; without it Dagster's own discovery decides.

    Raises:
        Exception: whatever the project's code or Dagster raises while the definitions are built.
    """
    _begin_load()
    if attribute:
        return [_repository(getattr(module, attribute))]
    return [_repository(target) for target in _usual_targets(module) or _all_targets(module)]


def load_defs_folder(root: Path) -> RepositoryDefinition:
    """The repository of a dg project that has a defs folder and no module of its own for its definitions."""
    _begin_load()
    return load_from_defs_folder(path_within_project=root).get_repository_def()


def _begin_load() -> None:
    """Tell components that definitions are loaded for the first time, so that they may refresh their state."""
    DefinitionsLoadContext.set(DefinitionsLoadContext(load_type=DefinitionsLoadType.INITIALIZATION))


def _usual_targets(module: ModuleType) -> Sequence[object]:
    """Definitions or repositories, found without Dagster's discovery, which imports half a second of test helpers."""
    members = list(vars(module).values())
    whole: list[object] = [item for item in members if isinstance(item, Definitions | LazyDefinitions)]
    if len(whole) == 1:
        return whole
    return [] if whole else [item for item in members if isinstance(item, RepositoryDefinition)]


def _all_targets(module: ModuleType) -> Sequence[object]:
    """A lone job, graph or list of assets; raises with Dagster's reason where there is nothing or too much."""
    from dagster._core.workspace.autodiscovery import loadable_targets_from_loaded_module

    return [target.target_definition for target in loadable_targets_from_loaded_module(module)]


def _repository(target: object) -> RepositoryDefinition:
    if isinstance(target, RepositoryDefinition):
        return target
    # A function that returns definitions: @definitions, or a plain one that the attribute names.
    is_function = isinstance(target, LazyDefinitions | FunctionType)
    built = cast("Callable[[], object]", target)() if is_function else target
    return built.get_repository_def() if isinstance(built, Definitions) else _converted(built)


def _converted(target: object) -> RepositoryDefinition:
    from dagster._core.definitions.reconstruct import repository_def_from_target_def

    repository = repository_def_from_target_def(target)
    if repository is None:
        raise TypeError(f"{target!r} is not Definitions, a repository, a job, a graph or a list of assets")
    return repository


def resolved_keys(selection: AssetSelection, repository: RepositoryDefinition) -> set[tuple[str, ...]]:
    """The keys of the assets that a selection picks from a repository."""
    resolve = cast("Callable[[object], AbstractSet[AssetKey]]", selection.resolve)
    return {tuple(key.path) for key in resolve(repository.asset_graph)}
