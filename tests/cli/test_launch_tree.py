from __future__ import annotations

from dagway.cli._launch_tree import branches, fitting, picture
from dagway.launch.progress import RunState, StepState
from dagway.launch.saying import RunCreated, RunEvent, Step


def steps(**statuses: str) -> list[StepState]:
    return [StepState(key, (), status) for key, status in statuses.items()]


def test_each_step_stands_once_below_the_deepest_that_it_needs() -> None:
    given = [
        StepState("d", ("a", "c")),
        StepState("a"),
        StepState("c", ("b",)),
        StepState("b", ("a",)),
        StepState("other", ("gone",)),
    ]
    assert [(step.key, depth) for step, depth in branches(given)] == [
        ("a", 0),
        ("b", 1),
        ("c", 2),
        ("d", 3),
        ("other", 0),
    ]


def test_where_there_is_no_room_what_is_done_is_left_out_first() -> None:
    given = steps(a="done", b="failed", c="running", d="waiting", e="waiting")
    assert fitting(given, 5) == {"a", "b", "c", "d", "e"}
    assert fitting(given, 4) == {"b", "c", "e"}
    assert fitting(given, 3) == {"b", "c"}
    assert len(fitting(steps(a="running", b="running", c="running"), 2)) <= 2


def test_a_picture_is_never_higher_than_the_screen() -> None:
    created = RunCreated("12345678-9", "nightly", tuple(Step(str(n)) for n in range(500)), "", 1, 1, 0.0)
    run = RunState.of(created)
    run.hear(RunEvent("12345678-9", 0.0, "STEP_START", "DEBUG", "", step="250"))
    lines = picture(run, 20).plain.splitlines()
    assert len(lines) <= 20
    assert lines[0].startswith("run 12345678  nightly  500 steps")
    assert any("▸ 250" in line for line in lines)
    assert "more" in lines[-1]
