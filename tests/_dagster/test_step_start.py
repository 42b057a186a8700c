"""What was made before a fork is what each process would have made, and is found only where it still would be."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportAttributeAccessIssue=false

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.api import create_execution_plan
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.instance import factory
from dagster._core.instance.ref import InstanceRef
from dagster._core.snap import snapshot_from_execution_plan
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.system_config.objects import ResolvedRunConfig

from dagway._dagster import reuse, run_config, step_start
from dagway._dagster.step_start import _Instances, _Plans

pytestmark = pytest.mark.integration

RUNS, EVENTS = "dagster._core.storage.runs", "dagster._core.storage.event_log"


class ForeignSchedules(SqliteScheduleStorage):
    """A storage that is not Dagster's own: nobody knows what it has open."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Any:
        made = super().from_config_value(inst_data, config_value)
        made.__class__ = cls
        return made


@dg.op
def one() -> int:
    return 1


@dg.op
def two(before: int) -> int:
    return before + 1


@dg.op(out=dg.DynamicOut(int))
def many() -> Iterator[dg.DynamicOutput[int]]:
    yield dg.DynamicOutput(1, "a")


@dg.job
def chain() -> None:
    two.alias("last")(two(one()))


@dg.job
def dynamic() -> None:
    many().map(two.alias("mapped"))


def picture(job: dg.JobDefinition, keys: list[str] | None, state: KnownExecutionState | None) -> Any:
    plan = create_execution_plan(job, step_keys_to_execute=keys, known_state=state)
    return (
        snapshot_from_execution_plan(plan, "job"),
        plan.known_state,
        plan.artifacts_persisted,
        [step.key for level in plan.get_steps_to_execute_by_level() for step in level],
    )


class Kept:
    """Plans that are kept from here on, and the jobs of which Dagster built one, each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.built: list[str] = []
        stock: Any = ExecutionPlan.build

        def build(job_def: dg.JobDefinition, *arguments: Any, **named: Any) -> ExecutionPlan:
            self.built.append(job_def.name)
            return stock(job_def, *arguments, **named)

        monkeypatch.setattr(ExecutionPlan, "build", staticmethod(build))
        monkeypatch.setattr(ResolvedRunConfig, "build", ResolvedRunConfig.build)
        run_config.resolve_once()
        _Plans().find()


def test_each_step_gets_the_plan_that_it_would_have_built(monkeypatch: pytest.MonkeyPatch) -> None:
    retried = KnownExecutionState(previous_retry_attempts={"two": 2})
    questions = [
        (["one"], None),
        (["two"], retried),
        (["last", "one"], None),
        (None, None),
        (["one"], retried),
    ]
    stock = [picture(chain, keys, state) for keys, state in questions]
    kept = Kept(monkeypatch)
    assert [picture(chain, keys, state) for keys, state in questions] == stock
    assert kept.built == ["chain"]


def test_another_job_or_configuration_has_a_plan_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process: dict[str, Any] = {"execution": {"config": {"in_process": {}}}}
    kept = Kept(monkeypatch)
    for configuration in (None, None, in_process, in_process):
        create_execution_plan(chain, run_config=configuration, step_keys_to_execute=["one"])
    assert kept.built == ["chain", "chain"]
    assert create_execution_plan(dynamic).step_keys_to_execute == ["many", "mapped[?]"]


def test_a_mapped_step_is_in_its_own_plan_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = KnownExecutionState(dynamic_mappings={"many": {"result": ["a"]}})
    questions = [(["many"], None), (["mapped[a]"], mapped), (None, None)]
    stock = [picture(dynamic, keys, state) for keys, state in questions]
    kept = Kept(monkeypatch)
    assert [picture(dynamic, keys, state) for keys, state in questions] == stock
    assert kept.built == ["dynamic", "dynamic"]


def test_an_unknown_step_is_refused_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    Kept(monkeypatch)
    with pytest.raises(dg.DagsterExecutionStepNotFoundError, match="nothing"):
        create_execution_plan(chain, step_keys_to_execute=["nothing"])


@pytest.fixture
def reference(tmp_path: Path) -> InstanceRef:
    return InstanceRef.from_dir(str(tmp_path), overrides={"telemetry": {"enabled": False}})


@pytest.fixture
def instances(monkeypatch: pytest.MonkeyPatch) -> _Instances:
    monkeypatch.setattr(factory, "create_instance_from_ref", factory.create_instance_from_ref)
    found = _Instances()
    found.find()
    return found


def test_who_asks_first_gets_the_instance_that_was_kept(
    instances: _Instances, reference: InstanceRef
) -> None:
    instances.keep(reference)
    assert instances._kept is not None
    kept = instances._kept.instance
    with dg.DagsterInstance.from_ref(reference) as first, dg.DagsterInstance.from_ref(reference) as second:
        assert first is kept
        assert second is not kept


def test_an_instance_of_another_place_or_environment_is_not_taken_for_it(
    instances: _Instances, reference: InstanceRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other = InstanceRef.from_dir(str(tmp_path / "other"), overrides={"telemetry": {"enabled": False}})
    instances.keep(reference)
    with dg.DagsterInstance.from_ref(other) as found:
        assert found.get_ref() == other
    kept = instances._kept
    assert kept is not None
    # Its configuration may name the variable: what was read from it would be the old one.
    monkeypatch.setenv("DAGWAY_TEST_PLACE", "changed")
    with dg.DagsterInstance.from_ref(reference) as found:
        assert found is not kept.instance


def test_what_a_fork_may_not_have_is_not_kept(instances: _Instances, tmp_path: Path) -> None:
    place = {"module": __name__, "class": "ForeignSchedules", "config": {"base_dir": str(tmp_path)}}
    files = {"base_dir": str(tmp_path)}
    foreign = InstanceRef.from_dir(
        str(tmp_path),
        overrides={
            "telemetry": {"enabled": False},
            "run_storage": {"module": RUNS, "class": "SqliteRunStorage", "config": files},
            "event_log_storage": {"module": EVENTS, "class": "SqliteEventLogStorage", "config": files},
            "schedule_storage": place,
        },
    )
    instances.keep(foreign)
    assert instances._kept is None


def test_a_storage_that_is_busy_is_left_to_the_steps(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(_: object) -> None:
        raise OSError("too many connections")

    monkeypatch.setattr(step_start, "keep_instance", busy)
    with dg.DagsterInstance.ephemeral() as instance:
        context = SimpleNamespace(instance=instance, job=chain, run_config={})
        step_start.keep_for_steps(context, create_execution_plan(chain))
    assert "too many connections" in caplog.text


def test_what_a_forked_process_reports_by_it_is_there(
    storages: reuse.Storages, instances: _Instances, reference: InstanceRef
) -> None:
    run = dg.DagsterRun("job")
    with dg.DagsterInstance.from_ref(reference) as instance:
        instance.add_run(run)
        instances.keep(reference)
        storages.close()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with dg.DagsterInstance.from_ref(reference) as found:
                    found.report_engine_event("from the child", run)
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        instance.report_engine_event("from the parent", run)
        assert [entry.message for entry in instance.all_logs(run.run_id)] == [
            "from the child",
            "from the parent",
        ]
