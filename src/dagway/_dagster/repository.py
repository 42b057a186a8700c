"""The repositories that Dagster finds in a module: the same rules as ``dagster dev`` follows."""

from collections.abc import Sequence
from types import ModuleType

from dagster import RepositoryDefinition
from dagster._core.code_pointer import CodePointer
from dagster._core.definitions.reconstruct import initialize_repository_def_from_pointer
from dagster._core.workspace.autodiscovery import loadable_targets_from_loaded_module


class _LoadedTarget(CodePointer):
    """Points to an object that is there already, so that its file does not run a second time."""

    def __init__(self, target: object, name: str) -> None:
        self._target = target
        self._name = name

    def load_target(self) -> object:
        return self._target

    def describe(self) -> str:
        return self._name


def repositories_in(module: ModuleType, attribute: str | None = None) -> Sequence[RepositoryDefinition]:
    """The repositories of a loaded module: one, or several where it defines several with ``@repository``.

    Args:
        attribute: the name of the only object to take; without it Dagster's own discovery decides.

    Raises:
        Exception: whatever the project's code or Dagster raises while the definitions are built.
    """
    if attribute:
        return [repository_of(getattr(module, attribute), f"{module.__name__}.{attribute}")]
    found = loadable_targets_from_loaded_module(module)
    return [repository_of(item.target_definition, f"{module.__name__}.{item.attribute}") for item in found]


def repository_of(target: object, name: str) -> RepositoryDefinition:
    """The repository of ``Definitions``, a ``@definitions`` function, a repository, a job or a list of assets."""
    return initialize_repository_def_from_pointer(_LoadedTarget(target, name))
