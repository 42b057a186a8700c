"""Swift steps run as stock steps do: the same events, in the same order, and the same snapshots."""

from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.definitions import scoped_resources_builder
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.storage.runs import sql_run_storage
from dagster_shared.serdes import utils as snapshot_ids

from dagway._dagster.swift_steps import ATTRIBUTES, attributes_of, swift_steps

#: A run's event: its kind, its step, and the asset that it is about.
Seen = tuple[str, str | None, str | None]


class Counter(dg.ConfigurableResource[Any]):
    start: int


@dg.asset(check_specs=[dg.AssetCheckSpec("positive", asset="first", blocking=True)])
def first(context: dg.AssetExecutionContext, one: Counter, two: Counter):
    """Two resources of one step keep their own values."""
    assert (one.start, two.start) == (1, 2)
    assert context.resources.original_resource_dict.keys() >= {"one", "two"}
    yield dg.MaterializeResult[Any](check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset(deps=[first], retry_policy=dg.RetryPolicy(max_retries=1))
def second(context: dg.AssetExecutionContext, two: Counter) -> None:
    assert two.start == 2
    if not context.retry_number:
        raise ValueError("the first time it fails")


@dg.asset(deps=[second], output_required=False)
def maybe():
    """It puts nothing out, so what depends on it is skipped."""
    if not first:
        yield dg.Output(1)


@dg.asset
def after_maybe(maybe: Any) -> None: ...


@dg.asset(deps=[second])
def broken() -> None:
    raise ValueError("it always fails")


@dg.asset(deps=[broken])
def after_broken() -> None: ...


ASSETS = [first, second, maybe, after_maybe, broken, after_broken]


def seen() -> tuple[list[Seen], str | None, str | None]:
    """The events of one run, and the ids of the snapshots of its job and its plan."""
    with dg.DagsterInstance.ephemeral() as instance:  # pyright: ignore[reportUnknownMemberType]
        result = dg.materialize(
            ASSETS,
            instance=instance,
            raise_on_error=False,
            resources={"one": Counter(start=1), "two": Counter(start=2)},
        )
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert run.job_snapshot_id
        assert instance.get_job_snapshot(run.job_snapshot_id) is not None
        events = [
            (
                event.event_type_value,
                event.step_key,
                event.asset_key.to_user_string() if event.asset_key else None,
            )
            for event in result.all_events
        ]
        return events, run.job_snapshot_id, run.execution_plan_snapshot_id


@pytest.mark.integration
def test_a_run_is_the_same() -> None:
    stock = seen()
    with swift_steps():
        swift = seen()
    assert swift == stock
    assert {"STEP_SKIPPED", "STEP_RESTARTED", "STEP_FAILURE"} <= {kind for kind, _, _ in swift[0]}
    assert not any(step == "after_broken" for kind, step, _ in swift[0] if kind == "STEP_START")


@pytest.mark.integration
def test_a_thousand_waiting_steps_are_asked_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = cast("Any", ActiveExecution)._update

    def counted(execution: Any) -> None:
        asked.append(1)
        original(execution)

    monkeypatch.setattr(ActiveExecution, "_update", counted)
    with swift_steps():
        seen()
    swift = len(asked)
    asked.clear()
    seen()
    assert swift < len(asked)


@pytest.mark.unit
def test_afterwards_everything_is_as_before() -> None:
    before = [getattr(owner, name) for owner, name in NAMES]
    with swift_steps():
        assert [getattr(owner, name) for owner, name in NAMES] != before
    assert [getattr(owner, name) for owner, name in NAMES] == before


NAMES: list[tuple[Any, str]] = [
    (scoped_resources_builder, "namedtuple"),
    (ActiveExecution, "_update"),
    (ActiveExecution, "get_known_state"),
    (snapshot_ids, "serialize_value"),
    (sql_run_storage, "serialize_value"),
]


@pytest.mark.unit
@pytest.mark.parametrize(("owner", "name"), NAMES)
def test_the_name_is_still_there(owner: Any, name: str) -> None:
    assert hasattr(owner, name)


@pytest.mark.unit
@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_an_execution_still_has_the_attribute(name: str) -> None:
    assert name in attributes_of(ActiveExecution)


@pytest.mark.unit
def test_an_execution_without_an_attribute_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagway._dagster.swift_steps.ATTRIBUTES", ATTRIBUTES | {"_elsewhere"})
    before = vars(ActiveExecution)["_update"]
    with swift_steps():
        assert vars(ActiveExecution)["_update"] is before


@pytest.mark.unit
def test_the_known_state_still_has_its_fields() -> None:
    fields = {"previous_retry_attempts", "dynamic_mappings", "ready_outputs"}
    assert fields <= set(KnownExecutionState._fields)
