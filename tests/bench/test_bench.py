"""The benchmark itself: figures are read, failures are told, sections replace one another."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import command, timing
from bench.__main__ import Subject, main
from bench.page import Goal, Row, at_most, at_most_times, merged, section
from bench.prototype import linear, materializing, replayed, thousand
from bench.timing import Contestant, Figure, race, run

SLOW, QUICK = Figure("slow", (4.0, 6.0, 5.0)), Figure("quick", (2.0, 2.0, 1.0))


def python(
    code: str, folder: Path, name: str = "python", measured: Callable[[str], float] | None = None
) -> Contestant:
    return Contestant(name, [sys.executable, "-c", code], folder, measured=measured)


@pytest.mark.unit
class TestFigures:
    def test_the_median_and_the_ratio_of_rounds_side_by_side(self) -> None:
        assert (SLOW.median, QUICK.median) == (5.0, 2.0)
        assert SLOW.ratio(QUICK) == 3.0

    def test_the_seconds_of_the_materializing_run(self) -> None:
        assert materializing(json.dumps({"run": {"phases": {"load": 1.0, "materialize": 12.25}}})) == 12.25

    def test_the_seconds_of_the_replay(self) -> None:
        assert replayed("3013 statements in 4.125 s\n") == 4.125

    @pytest.mark.parametrize(
        ("goal", "reached"),
        [
            (at_most(5), True),
            (at_most(4.9), False),
            (at_most_times(3, "x"), True),
            (at_most_times(2.9, "x"), False),
            (linear(5), False),
            (linear(4), False),
        ],
    )
    def test_goals(self, goal: Goal, reached: bool) -> None:
        assert goal.reached([SLOW, QUICK]) is reached


@pytest.mark.unit
class TestPage:
    def test_a_row_names_its_goal_once_and_says_when_it_is_not_reached(self) -> None:
        lines = section([Row("proof", at_most_times(2, "DuckDB"), [SLOW, QUICK])]).splitlines()
        assert lines[-2:] == [
            "| proof | at most 2 × DuckDB: **not reached** | slow | 5.00 s | 4.00 to 6.00 s | 3.00 × | 3 |",
            "|  |  | quick | 2.00 s | 1.00 to 2.00 s |  | 3 |",
        ]

    def test_a_section_replaces_its_earlier_self_and_no_other(self) -> None:
        page = merged(merged("", {"One": "first", "Two": "second"}), {"One": "again"})
        assert [
            line for line in page.splitlines() if line.startswith(("## ", "again", "first", "second"))
        ] == [
            "## One",
            "again",
            "## Two",
            "second",
        ]
        assert page.startswith("# Benchmarks\n")


@pytest.mark.integration
class TestRaces:
    def test_contestants_run_in_turn_and_the_first_run_does_not_count(self, tmp_path: Path) -> None:
        code = "open('ran', 'a').write('{0}'); print(len(open('ran').read()))"
        contestants = [python(code.format(name), tmp_path, name, float) for name in "ab"]
        one, two = race(contestants, 2)
        assert (tmp_path / "ran").read_text() == "ababab"
        assert (one.seconds, two.seconds) == ((3.0, 5.0), (4.0, 6.0))

    def test_a_race_that_takes_long_makes_no_further_round(self, tmp_path: Path) -> None:
        one, two = race([python("", tmp_path, "one"), python("", tmp_path, "two")], 5, longest=0)
        assert (len(one.seconds), len(two.seconds)) == (1, 1)

    def test_a_failed_command_is_told_with_what_it_printed(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match=r"broken failed with status 3:\s+no space"):
            run(python("import sys; print('no space', file=sys.stderr); sys.exit(3)", tmp_path, "broken"))

    def test_a_command_that_prints_no_figure_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="mute printed no figure"):
            run(python("print('hello')", tmp_path, "mute", replayed))


@pytest.mark.integration
class TestSubjects:
    def test_a_failing_subject_keeps_its_section_and_the_next_is_measured(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def broken(scratch: Path, rounds: int) -> Iterator[Row]:
            yield Row("fine", at_most(60), race([python("", scratch)], rounds))
            yield Row("broken", at_most(60), race([python("raise SystemExit(1)", scratch)], rounds))

        def works(scratch: Path, rounds: int) -> Iterator[Row]:
            yield Row("works", at_most(60), race([python("", scratch)], rounds))

        page = tmp_path / "benchmarks.md"
        page.write_text(merged("", {"Broken": "as it was"}))
        subjects = {"broken": Subject("Broken", broken), "works": Subject("Works", works)}
        assert main(["--rounds", "1"], subjects, page) == 1
        told = capsys.readouterr()
        assert "Broken: python failed with status 1" in told.err
        assert "python, round 1 of 1" in told.out
        assert "as it was" in page.read_text()
        assert "| works | at most 60 s | python |" in page.read_text()

    def test_an_unknown_subject_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["speed"])
        assert ended.value.code == 2
        assert "there is no subject speed; there are command, prototype" in capsys.readouterr().err


@pytest.mark.integration
def test_the_start_of_the_command_line_is_measured_beside_pythons(tmp_path: Path) -> None:
    clock, used = command.measure(tmp_path, 1)
    for row in (clock, used):
        assert [figure.name for figure in row.figures] == ["`dagway --help`", "`python -c pass`"]
        assert row.goal.words == "at most 0.3 s"
        assert all(figure.median > 0 for figure in row.figures)


@pytest.mark.integration
@pytest.mark.slow
def test_a_tiny_round_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "WARM_UPS", 0)
    rows = list(thousand(tmp_path, 1, assets=20))
    assert [row.what for row in rows] == [
        "plan of 20 assets",
        "plan and build",
        "listing 20 assets",
        "20 assets in demo mode",
    ]
    assert all(figure.median > 0 for row in rows for figure in row.figures)
