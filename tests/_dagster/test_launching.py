"""What launches use of Dagster that is private: each name here fails by itself when Dagster moves it."""

# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.definitions import executor_definition
from dagster._core.execution import context_creation_job
from dagster._grpc.impl import start_run_in_subprocess

from dagway._dagster import launching
from dagway._dagster.launching import ALL_ASSETS, Part, create, pointer_to, steps_of


def part() -> Part:
    @dg.asset
    def first() -> None: ...

    @dg.asset(deps=[first])
    def second() -> None: ...

    repository = dg.Definitions(assets=[first, second]).get_repository_def()
    return Part(repository, pointer_to("m", "f", "x"), "shop", Path("/shop"), ALL_ASSETS)


def test_a_run_process_takes_what_a_launch_gives_it() -> None:
    names = list(inspect.signature(start_run_in_subprocess).parameters)
    assert names == ["serialized_execute_run_args", "recon_pipeline", "event_queue", "termination_event"]


def test_executors_are_made_by_the_function_that_is_replaced() -> None:
    made = cast("Any", executor_definition)._core_multiprocess_executor_creation
    text = inspect.getsource(executor_definition)
    assert list(inspect.signature(made).parameters) == ["config"]
    assert text.count("return _core_multiprocess_executor_creation(") == 2


def test_a_run_that_is_made_has_its_steps_and_its_origin() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = create(part(), instance, {}, {"a": "b"})
        assert steps_of(instance, run) == (("first", ()), ("second", ("first",)))
        assert run.tags["a"] == "b"
        assert run.tags[".dagster/repository"] == "__repository__@shop"


def test_what_does_not_fit_is_a_refusal() -> None:
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(launching.REFUSALS):
        create(part(), instance, {"execution": {"config": {"nothing": 1}}}, {})


def test_a_quiet_console_prints_no_events(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        context_creation_job, "default_system_loggers", context_creation_job.default_system_loggers
    )
    job = part().definition()
    assert job.execute_in_process().success
    assert "STEP_START" in capsys.readouterr().err
    launching.quiet_console()
    assert job.execute_in_process().success
    assert "STEP_START" not in capsys.readouterr().err
