from __future__ import annotations

from dagway.launch import saying
from dagway.launch.progress import (
    DONE,
    FAILED,
    NOT_RUN,
    RETRYING,
    RUNNING,
    STOPPED,
    WAITING,
    Progress,
    RunState,
)
from dagway.launch.saying import Failure, RunCreated, RunEnded, RunEvent, Saying, Step

STEPS = (Step("a"), Step("b", ("a",)), Step("c", ("b",)))


def created(*steps: Step, number: int = 1, of: int = 1) -> RunCreated:
    return RunCreated(f"run{number}", "job", steps or STEPS, "", number, of, 100.0)


def event(
    kind: str, step: str = "", at: float = 101.0, failure: Failure | None = None, **more: str
) -> RunEvent:
    return RunEvent("run1", at, kind, "DEBUG", kind, step=step, failure=failure)


def heard(*sayings: Saying) -> Progress:
    progress = Progress()
    for one in sayings:
        progress.hear(one)
    return progress


def statuses(run: RunState) -> dict[str, str]:
    return {step.key: step.status for step in run.shown()}


def test_a_run_that_goes_well() -> None:
    progress = heard(created(Step("a")), event("STEP_START", "a", 101), event("STEP_SUCCESS", "a", 103.5))
    assert not progress.succeeded
    progress.hear(RunEnded("run1", "SUCCESS", 104.0))
    run = progress.runs[0]
    assert progress.succeeded
    assert statuses(run) == {"a": DONE}
    assert run.steps["a"].seconds(999) == 2.5
    assert run.seconds(999) == 4.0


def test_what_fails_leaves_what_waits_for_it_undone() -> None:
    why = Failure("ValueError: no")
    progress = heard(
        created(),
        event("STEP_START", "a"),
        event("STEP_SUCCESS", "a"),
        event("STEP_START", "b"),
        event("STEP_FAILURE", "b", failure=why),
        event("PIPELINE_FAILURE", failure=Failure("steps failed")),
        RunEnded("run1", "FAILURE", 110.0),
    )
    assert statuses(progress.runs[0]) == {"a": DONE, "b": FAILED, "c": NOT_RUN}
    assert progress.runs[0].failures() == [("b", why)]
    assert not progress.succeeded


def test_a_run_that_fails_without_a_step_tells_its_own_reason() -> None:
    why = Failure("no resource")
    progress = heard(created(), event("PIPELINE_FAILURE", failure=why), RunEnded("run1", "FAILURE", 110.0))
    assert progress.runs[0].failures() == [("", why)]


def test_a_step_that_is_interrupted_is_no_failure() -> None:
    interrupted = Failure("dagster._core.errors.DagsterExecutionInterruptedError")
    progress = heard(
        created(),
        event("STEP_START", "a"),
        event("STEP_FAILURE", "a", failure=interrupted),
        event("STEP_START", "b"),
        event("PIPELINE_CANCELED", failure=interrupted),
        RunEnded("run1", "CANCELED", 110.0),
    )
    assert statuses(progress.runs[0]) == {"a": STOPPED, "b": STOPPED, "c": NOT_RUN}
    assert progress.runs[0].failures() == []


def test_retries_are_counted() -> None:
    progress = heard(created(), event("STEP_START", "a"), event("STEP_UP_FOR_RETRY", "a"))
    assert statuses(progress.runs[0])["a"] == RETRYING
    progress.hear(event("STEP_RESTARTED", "a"))
    assert statuses(progress.runs[0])["a"] == RUNNING
    assert progress.runs[0].steps["a"].retries == 1


def test_a_dynamic_step_becomes_what_its_output_makes_of_it() -> None:
    progress = heard(created(Step("a"), Step("b[?]", ("a",))))
    assert statuses(progress.runs[0]) == {"a": WAITING, "b[?]": WAITING}
    progress.hear(event("STEP_START", "b[1]"))
    assert statuses(progress.runs[0]) == {"a": WAITING, "b[1]": RUNNING}
    assert progress.runs[0].steps["b[1]"].needs == ("a",)


def test_of_several_runs_all_must_have_gone_well() -> None:
    progress = heard(created(of=2), RunEnded("run1", "SUCCESS", 110.0))
    assert not progress.succeeded
    progress.hear(created(number=2, of=2))
    progress.hear(RunEnded("run2", "SUCCESS", 120.0))
    assert progress.succeeded


def test_every_saying_survives_its_line() -> None:
    failed = event("STEP_FAILURE", "a", failure=Failure("m", "p:1", "code", "stack"))
    for one in (
        created(),
        failed,
        RunEnded("run1", "SUCCESS", 1.0),
        saying.Output("ü"),
        saying.Loaded("p", 0.5),
    ):
        assert saying.from_line(saying.to_line(one)) == one
