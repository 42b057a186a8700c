"""What Dagster makes anew at the start of each run and step, made once before their processes fork: the instance, and the plan.

Both are Dagster's own objects, made by Dagster's own code. Where it has moved a name, each process makes them itself.
"""

# What is extended here is private to Dagster, and in part without types.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dagster import DagsterInstance, JobDefinition
from dagster._core.execution.api import create_execution_plan
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.instance import factory
from dagster._core.instance.ref import InstanceRef
from dagster._core.system_config.objects import ResolvedRunConfig

#: Storages that a fork may have: their engines are ours (`reuse`), closed before it, and nothing else is open or runs.
_STORAGES = ("dagster._core.storage.", "dagster_postgres.")
_MAKE_INSTANCE = "create_instance_from_ref"
_logger = logging.getLogger("dagway.runtime")


@dataclass(frozen=True)
class _Kept:
    """An instance that nobody has used yet, and the environment in which its configuration was read."""

    reference: InstanceRef
    environment: Mapping[str, str]
    instance: DagsterInstance


class _Instances:
    """In place of the function that makes an instance of its reference: to open three storages takes the time of four events."""

    def __init__(self) -> None:
        self._make: Callable[[InstanceRef], DagsterInstance] | None = None
        self._kept: _Kept | None = None
        # A code server's threads ask as well.
        self._lock = threading.Lock()

    def find(self) -> None:
        self._make = getattr(factory, _MAKE_INSTANCE, None)
        if self._make is not None:
            setattr(factory, _MAKE_INSTANCE, self)

    def keep(self, reference: InstanceRef) -> None:
        if self._make is None or reference.custom_instance_class is not None:
            return
        instance = self._make(reference)
        if _may_be_forked(instance):
            self._kept = _Kept(reference, dict(os.environ), instance)
        else:
            instance.dispose()

    def __call__(self, reference: InstanceRef) -> DagsterInstance:
        """The one that was kept, for who asks first: whoever has it also ends it."""
        with self._lock:
            kept = self._kept
            if kept is not None and kept.reference == reference and kept.environment == os.environ:
                self._kept = None
                return kept.instance
        return cast("Callable[[InstanceRef], DagsterInstance]", self._make)(reference)


def _may_be_forked(instance: DagsterInstance) -> bool:
    storages: tuple[object, ...] = (
        instance.run_storage,
        instance.event_log_storage,
        instance.schedule_storage,
    )
    return all(type(storage).__module__.startswith(_STORAGES) for storage in storages)


class _Plans:
    """In place of `ExecutionPlan.build`: each step asks for the plan of its whole job, to take one step from it."""

    def __init__(self) -> None:
        self._build: Any = None
        self._known: tuple[tuple[Any, ...], ExecutionPlan] | None = None

    @property
    def are_found(self) -> bool:
        return self._build is not None

    def find(self) -> None:
        self._build = ExecutionPlan.build
        ExecutionPlan.build = staticmethod(self)  # pyright: ignore[reportAttributeAccessIssue]

    def __call__(
        self,
        job_def: JobDefinition,
        resolved_run_config: ResolvedRunConfig,
        step_keys_to_execute: Sequence[str] | None = None,
        known_state: KnownExecutionState | None = None,
        instance_ref: InstanceRef | None = None,
        tags: Mapping[str, str] | None = None,
        repository_load_data: Any = None,
    ) -> ExecutionPlan:
        """As Dagster builds it."""
        state = known_state or KnownExecutionState()
        if state.dynamic_mappings or instance_ref or tags:
            # The plan of a mapped step gets the step itself, which the others must not see.
            return self._build(
                job_def,
                resolved_run_config,
                step_keys_to_execute,
                known_state,
                instance_ref,
                tags,
                repository_load_data,
            )
        whole = self._whole(job_def, resolved_run_config, repository_load_data)._replace(known_state=state)
        if step_keys_to_execute is None or step_keys_to_execute == whole.step_keys_to_execute:
            return whole
        return whole.build_subset_plan(step_keys_to_execute, job_def, resolved_run_config)

    def _whole(self, job: JobDefinition, config: ResolvedRunConfig, load_data: Any) -> ExecutionPlan:
        if self._known is not None:
            (known_job, known_config, known_data), plan = self._known
            if known_job is job and known_config is config and known_data == load_data:
                return plan
        plan: ExecutionPlan = self._build(job, config, repository_load_data=load_data)
        self._known = ((job, config, load_data), plan)
        return plan


_instances, _plans = _Instances(), _Plans()


def find() -> None:
    """From now on this process and its forks find what was kept."""
    _instances.find()
    _plans.find()


def keep_instance(instance: DagsterInstance) -> None:
    """One like it, for the run that forks from here next, or for each of its steps."""
    if not instance.is_ephemeral:
        _instances.keep(instance.get_ref())


def keep_for_steps(plan_context: Any, execution_plan: ExecutionPlan) -> None:
    """An instance and the plan of the run which this process executes, for each of its steps.

    Where that fails, as with a storage that is busy, each step does it itself, and its retry policy applies.
    """
    try:
        keep_instance(plan_context.instance)
        _keep_plan(plan_context, execution_plan)
    except Exception:
        _logger.warning("Each step of this run opens its instance and builds its plan anew.", exc_info=True)


def _keep_plan(plan_context: Any, execution_plan: ExecutionPlan) -> None:
    if _plans.are_found:
        create_execution_plan(
            job=plan_context.job,
            run_config=plan_context.run_config,
            repository_load_data=execution_plan.repository_load_data,
        )
