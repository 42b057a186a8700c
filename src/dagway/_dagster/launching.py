"""Runs that are created, executed and ended here, as Dagster's code server and its run launcher would."""

# What is used here is private to Dagster, and in part without types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false

from __future__ import annotations

import queue
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from dagster import AssetCheckKey, AssetKey, DagsterInstance, DagsterRun, JobDefinition, RepositoryDefinition
from dagster._core.code_pointer import CodePointer, CustomPointer, ModuleCodePointer
from dagster._core.definitions import executor_definition
from dagster._core.definitions.assets.job.asset_job import IMPLICIT_ASSET_JOB_NAME
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
)
from dagster._core.execution import context_creation_job
from dagster._core.execution.api import create_execution_plan
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.snap import ExecutionPlanSnapshot, snapshot_from_execution_plan
from dagster._core.storage.tags import (
    REPOSITORY_LABEL_TAG,
    RESUME_RETRY_TAG,
    TAGS_TO_MAYBE_OMIT_ON_RETRY,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._grpc.impl import IPCErrorMessage, start_run_in_subprocess
from dagster._grpc.types import ExecuteExternalJobArgs
from dagster._serdes import serialize_value

from dagway._dagster.executor import Source, SourcedExecutor

#: The job of all assets.
ALL_ASSETS = IMPLICIT_ASSET_JOB_NAME
#: What is raised where a run cannot be what it was asked to be.
REFUSALS = (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
)


def pointer_to(module: str, function: str, *arguments: str) -> CodePointer:
    """What Dagster keeps of a repository: the function that gives it, and its arguments."""
    return CustomPointer(ModuleCodePointer(module, function), list(arguments), [])


@dataclass(frozen=True)
class Part:
    """What of a repository a run executes.

    Attributes:
        pointer: by which another process finds the repository.
        location: the code location's name, under which a webserver shows the run.
        root: the folder in which it is loaded.
        job: its name.
        assets: those of the job's assets that are meant; all where it is None.
        checks: those of the job's asset checks that are meant; those of the assets where it is None.
        ops: op selections of the job; empty for all.
    """

    repository: RepositoryDefinition
    pointer: CodePointer
    location: str
    root: Path
    job: str
    assets: frozenset[AssetKey] | None = None
    checks: frozenset[AssetCheckKey] | None = None
    ops: tuple[str, ...] = ()

    def definition(self) -> JobDefinition:
        """The job, with nothing but this part of it.

        Raises:
            DagsterInvalidSubsetError: it cannot be divided so.
        """
        return self.repository.get_maybe_subset_job_def(
            self.job,
            op_selection=list(self.ops) or None,
            asset_selection=self.assets,
            asset_check_selection=self.checks,
        )

    def reconstructable(self) -> ReconstructableJob:
        """The job as other processes find it."""
        whole = ReconstructableJob(ReconstructableRepository(self.pointer), self.job)
        return whole.get_subset(
            op_selection=self.ops or None, asset_selection=self.assets, asset_check_selection=self.checks
        )

    def origin(self) -> RemoteJobOrigin:
        """The job as a webserver finds it."""
        target = LoadableTargetOrigin(executable_path=sys.executable, working_directory=str(self.root))
        location = ManagedGrpcPythonEnvCodeLocationOrigin(target, self.location)
        return RemoteJobOrigin(RemoteRepositoryOrigin(location, self.repository.name), self.job)


def create(
    part: Part, instance: DagsterInstance, config: Mapping[str, Any], tags: Mapping[str, str]
) -> DagsterRun:
    """A run that has not started.

    Raises:
        DagsterError: the configuration does not fit, or the job cannot be divided so.
    """
    definition = part.definition()
    load_data = part.repository.repository_load_data
    reference = instance.get_ref() if instance.is_persistent else None
    plan = create_execution_plan(
        definition, config, tags=tags, instance_ref=reference, repository_load_data=load_data
    )
    # By it a webserver shows the run beside those of its own.
    label = {REPOSITORY_LABEL_TAG: part.origin().repository_origin.get_label()}
    return _add(part, instance, definition, plan, config, {**tags, **label})


def create_from_failure(part: Part, instance: DagsterInstance, parent: DagsterRun) -> DagsterRun:
    """A run of the steps that its parent has not done.

    Raises:
        DagsterError: the parent has not failed, or its steps are not those of the job any more.
    """
    steps, known = KnownExecutionState.build_resume_retry_reexecution(instance, parent)
    # What the parent was told of itself, such as why it failed, is not true of its child.
    tags = {key: value for key, value in parent.tags.items() if key not in TAGS_TO_MAYBE_OMIT_ON_RETRY}
    plan = create_execution_plan(
        part.reconstructable(), parent.run_config, step_keys_to_execute=steps, known_state=known, tags=tags
    )
    tags |= {RESUME_RETRY_TAG: "true"}
    return _add(part, instance, part.definition(), plan, parent.run_config, tags, parent)


def _add(
    part: Part,
    instance: DagsterInstance,
    definition: JobDefinition,
    plan: ExecutionPlan,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    parent: DagsterRun | None = None,
) -> DagsterRun:
    """As `create_run_for_job` does it, which leaves out which checks are meant."""
    selected = definition.op_selection_data
    return instance.create_run(
        job_name=part.job,
        run_id=None,
        run_config=config,
        status=None,
        tags=tags,
        root_run_id=(parent.root_run_id or parent.run_id) if parent else None,
        parent_run_id=parent.run_id if parent else None,
        step_keys_to_execute=plan.step_keys_to_execute,
        execution_plan_snapshot=snapshot_from_execution_plan(plan, definition.get_job_snapshot_id()),
        job_snapshot=definition.get_job_snapshot(),
        parent_job_snapshot=definition.get_parent_job_snapshot(),
        asset_selection=part.assets,
        asset_check_selection=part.checks,
        resolved_op_selection=selected.resolved_op_selection if selected else None,
        op_selection=list(part.ops) or None,
        remote_job_origin=part.origin(),
        job_code_origin=part.reconstructable().get_python_origin(),
        asset_graph=definition.asset_layer.asset_graph,
    )


def steps_of(instance: DagsterInstance, run: DagsterRun) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The steps that the run executes, each with those of them that it needs."""
    assert run.execution_plan_snapshot_id is not None
    plan: ExecutionPlanSnapshot = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    wanted = set(plan.step_keys_to_execute)
    return tuple(
        (
            step.key,
            tuple(
                dict.fromkeys(
                    handle.step_key
                    for given in step.inputs
                    for handle in given.upstream_output_handles
                    if handle.step_key in wanted
                )
            ),
        )
        for step in plan.steps
        if step.key in wanted
    )


@dataclass(frozen=True)
class RunProcess:
    """The process that executes a run."""

    process: BaseProcess
    status: Any
    termination: Any

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self.process.exitcode is not None

    @property
    def sentinel(self) -> int:
        """A descriptor that is ready once the process has ended."""
        return self.process.sentinel

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self.process.exitcode or 0
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def kill(self) -> None:
        """Ends it at once; its steps end with it."""
        self.process.kill()

    def interrupt(self) -> None:
        """Has it end its steps and itself."""
        self.termination.set()

    def said(self) -> str | None:
        """Why it could not begin, where it could not."""
        while True:
            try:
                item = self.status.get_nowait()
            except queue.Empty:
                return None
            if isinstance(item, IPCErrorMessage):
                return item.message or item.serializable_error_info.message


def start(context: BaseContext, part: Part, instance: DagsterInstance, run: DagsterRun) -> RunProcess:
    """Starts the run's process, in the context that makes it."""
    arguments = ExecuteExternalJobArgs(
        job_origin=part.origin(), run_id=run.run_id, instance_ref=instance.get_ref()
    )
    status, termination = context.Queue(), context.Event()
    process = cast("Any", context).Process(
        target=start_run_in_subprocess,
        args=[serialize_value(arguments), part.reconstructable(), status, termination],
    )
    process.start()
    return RunProcess(process, status, termination)


def quiet_console() -> None:
    """In this process and its forks, a run without loggers of its own prints none of its events."""
    context_creation_job.default_system_loggers = lambda _instance: ()  # pyright: ignore[reportPrivateImportUsage]


def steps_start_in(source: Source) -> None:
    """In this process and its forks, steps of each multiprocess executor that would spawn start where `source` says."""
    stock = cast("Any", executor_definition)._core_multiprocess_executor_creation

    def create(config: Mapping[str, Any]) -> Any:
        made = stock(config)
        return SourcedExecutor.of(made, source) if made._start_method == "spawn" else made

    cast("Any", executor_definition)._core_multiprocess_executor_creation = create


def ops_of(job: JobDefinition) -> Sequence[str]:
    """The names of a job's ops, in their order."""
    return [node.name for node in job.nodes_in_topological_order]


def assets_of(job: JobDefinition) -> frozenset[AssetKey]:
    """The assets that a job executes; none of a job of ops."""
    return frozenset(job.asset_layer.executable_asset_keys)


def partitioned_configuration(
    job: JobDefinition, key: str
) -> tuple[Mapping[str, Any], Mapping[str, str]] | None:
    """The run configuration and the tags that a job itself makes of a partition's key; None where it makes none."""
    found = job.partitioned_config
    if found is None:
        return None
    return found.get_run_config_for_partition_key(key), found.get_tags_for_partition_key(key, job.name)
