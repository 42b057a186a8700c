"""A run's configuration, checked against its schema once and not twice in each process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import JobDefinition
from dagster._core.system_config.objects import ResolvedRunConfig

#: One run has one job; a process may look at a whole job and at a part of it.
_MOST = 4


def resolve_once() -> None:
    """For this process and those that fork from it."""
    ResolvedRunConfig.build = staticmethod(_Resolved(ResolvedRunConfig.build))


class _Resolved:
    """In place of `ResolvedRunConfig.build`: the same question about the same job has the same answer.

    It is asked for the plan and for the context of each step, and takes the longer the more steps there are.
    """

    def __init__(self, build: Any) -> None:
        self._build = build
        self._known: list[tuple[JobDefinition, Mapping[str, object] | None, ResolvedRunConfig]] = []

    def __call__(
        self, job_def: JobDefinition, run_config: Mapping[str, object] | None = None
    ) -> ResolvedRunConfig:
        """As Dagster builds it. Raises DagsterInvalidConfigError anew each time."""
        for job, config, resolved in self._known:
            if job is job_def and config == run_config:
                return resolved
        resolved = self._build(job_def, run_config)
        self._known = [*self._known, (job_def, run_config, resolved)][-_MOST:]
        return resolved
