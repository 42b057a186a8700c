"""Definitions that are loaded once and found again in every process that forks from here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dagster import RepositoryDefinition
from dagster._core.code_pointer import CodePointer
from dagster._core.definitions import reconstruct
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

_logger = logging.getLogger("dagway.runtime")


@dataclass(frozen=True)
class Loaded:
    """A repository and what Dagster finds it by."""

    pointer: CodePointer
    repository: RepositoryDefinition


def keep(loaded: Sequence[Loaded]) -> None:
    """From now on this process and its children take these instead of loading them.

    A run that was planned with other data of its definitions (their state) still loads: it must not get these.
    """
    load = reconstruct.reconstruct_repository_def_from_pointer

    def find(pointer: CodePointer, repository_load_data: Any = None) -> RepositoryDefinition:
        for known in loaded:
            if known.pointer != pointer:
                continue
            if _serves(known.repository, repository_load_data):
                _enter_reconstruction(repository_load_data)
                return known.repository
            _logger.warning(
                "This process loads the definitions itself: the state of its run's components is another one than that of"
                " the warm image. Once the definitions are reloaded, runs start warm again."
            )
        return load(pointer, repository_load_data)

    reconstruct.reconstruct_repository_def_from_pointer = find


def _serves(repository: RepositoryDefinition, data: Any) -> bool:
    return data is None or data == repository.repository_load_data


def _enter_reconstruction(data: Any) -> None:
    """As a process that loads would leave it."""
    DefinitionsLoadContext.set(
        DefinitionsLoadContext(load_type=DefinitionsLoadType.RECONSTRUCTION, repository_load_data=data)
    )
