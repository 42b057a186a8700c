"""The table of latencies: what is kept from session to session, and how it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.latency import environments
from bench.latency.__main__ import arguments
from bench.latency.page import page
from bench.latency.projects import large
from bench.latency.race import OUT_OF_TIME, Race
from bench.latency.results import NOBODY, Result, keep, kept
from bench.latency.rows import GROUPS, ROWS, Group, Limits
from bench.latency.sessions import Budget, Session, sessions, skipped
from bench.latency.stream import runs_a_minute
from bench.latency.workloads import Peer, Timing, Workload

pytestmark = pytest.mark.unit


def result(peer: str, *values: float, row: str = "one", note: str = "") -> Result:
    return Result(row, "SQLite", "1.13.27", peer, values, note)


@dataclass
class Fake:
    """A peer whose runs take as long as it is told; a run without time fails."""

    name: str
    seconds: list[float]

    def run(self, workload: Workload) -> Timing:
        if not self.seconds:
            raise RuntimeError("it does not start")
        end = self.seconds.pop(0)
        return Timing(end / 2, end)

    def idle_memory(self) -> float:
        return 1.0

    def many(self, runs: int, at_once: int, seconds: float) -> float:
        return 1.0


LIMITS = Limits(10, 1.0)


def never() -> bool:
    """No time is ever over."""
    return False


class TestRace:
    def test_a_warm_up_does_not_count_and_a_peer_that_fails_is_out(self) -> None:
        race = Race(GROUPS["one"], LIMITS, 2, never)
        race.run([Fake("quick", [9.0, 1.0, 2.0]), Fake("broken", [9.0, 3.0])])
        assert race.values[("one", "quick")] == [1.0, 2.0]
        assert race.values[("first", "quick")] == [0.5, 1.0]
        assert race.values[("one", "broken")] == [3.0]
        assert race.failed == {"broken": "first, one failed: it does not start"}

    def test_a_warm_up_that_fails_puts_nobody_out(self) -> None:
        begun: list[str] = []

        def measure(peer: Peer, _: Limits) -> Mapping[str, float]:
            begun.append(peer.name)
            if len(begun) == 1:
                raise RuntimeError("still cold")
            return {"one": 1.0}

        race = Race(Group(["one"], measure), LIMITS, 2, never)
        race.run([Fake("slow", [])])
        assert race.values == {("one", "slow"): [1.0, 1.0]}
        assert race.failed == {}

    def test_what_takes_long_makes_fewer_rounds(self) -> None:
        measured: list[Limits] = []

        def measure(peer: object, limits: Limits) -> Mapping[str, float]:
            measured.append(limits)
            return {"many": 1.0}

        race = Race(Group(["many"], measure, most_rounds=2, warm_up=False), Limits(7, 1.0), 5, never)
        race.run([Fake("one", [])])
        assert measured == [Limits(7, 1.0)] * 2

    def test_where_the_time_is_over_nothing_begins_and_who_has_no_value_is_named(self) -> None:
        left = iter([False, False, True])
        race = Race(GROUPS["chain_10"], LIMITS, 5, lambda: next(left, True))
        race.run([Fake("first", [3.0]), Fake("second", [4.0]), Fake("third", [5.0])])
        assert race.values == {("chain_10", "first"): [3.0], ("chain_10", "second"): [4.0]}
        assert race.failed == {"third": f"chain_10 {OUT_OF_TIME}"}

    def test_every_row_is_measured_by_one_group(self) -> None:
        assert sorted(row for group in GROUPS.values() for row in group.rows) == sorted(ROWS)


class TestSessions:
    def test_the_first_version_has_everything_and_others_what_shows_a_change(self) -> None:
        found = sessions(["1.13.27", "1.12.6"], ["SQLite", "PostgreSQL"], ["one", "chain_40", "large"])
        assert found == [
            Session("1.13.27", "SQLite", ["one", "chain_40"], others=True),
            Session("1.13.27", "SQLite", ["large"], others=False),
            Session("1.13.27", "PostgreSQL", ["one", "chain_40"], others=True),
            Session("1.13.27", "PostgreSQL", ["large"], others=False),
            Session("1.12.6", "SQLite", ["one"], others=False),
        ]

    def test_time_that_one_group_leaves_is_the_others(self) -> None:
        now = [0.0]
        budget = Budget(90, 3, lambda: now[0])
        first = budget.next()
        now[0] = 29
        assert not first()
        now[0] = 31
        assert first()
        now[0] = 10
        second = budget.next()
        now[0] = 49
        assert not second()
        now[0] = 51
        assert second()
        last = budget.next()
        now[0] = 89
        assert not last()
        now[0] = 91
        assert last()

    def test_a_row_is_skipped_with_a_reason(self) -> None:
        assert skipped(["large=no dbt here"], GROUPS) == {"large": "no dbt here"}
        for wrong in ("large", "large=", "unknown=no"):
            with pytest.raises(ValueError, match="is no ROW=REASON"):
                skipped([wrong], GROUPS)

    def test_what_is_measured_if_nothing_is_named(self) -> None:
        options = arguments(["--skip", "large=no dbt here"])
        assert options.rows == list(GROUPS)
        assert options.skip == {"large": "no dbt here"}
        assert options.dagster[-1] == "1.12.6"


class Stream:
    """Runs that are over the second time that somebody asks."""

    def __init__(self) -> None:
        self.launched: list[str] = []
        self.asked: set[str] = set()
        self.most = 0

    def launch(self, workload: str) -> str:
        self.launched.append(f"{workload} {len(self.launched)}")
        return self.launched[-1]

    def succeeded(self, workload: str, runs: set[str]) -> set[str]:
        self.most = max(self.most, len(runs))
        over = runs & self.asked
        self.asked |= runs
        return over

    def wait(self, workload: str, run: str) -> None: ...


def test_each_run_that_ends_is_followed_by_the_next() -> None:
    stream = Stream()
    assert runs_a_minute(stream, "one", 7, at_once=3, seconds=60, pause=0) > 0
    assert stream.launched == [f"one {number}" for number in range(7)]
    assert stream.most == 3


class TestPage:
    def test_peers_side_by_side_with_the_ratio_to_stock(self) -> None:
        text = page(
            [
                result("Dagway", 0.2, 0.4, 0.3),
                result("stock: spawn", 6.0),
                result("Prefect 3", note="skipped: no index"),
            ]
        )
        line = "| one asset, launch → end (s) | 0.35 s | 0.30 (0.20 to 0.40) | 6.00 | – | 20.0 × less |"
        assert line in text
        assert "- Prefect 3: skipped: no index" in text

    def test_a_row_that_nobody_measured_is_named_with_the_reason(self) -> None:
        text = page([result("Dagway", 1.0), result(NOBODY, row="large", note="skipped: no dbt here")])
        assert "| 0.4 s | – |" in text
        assert "- project of 2,000 assets with dbt, launch → first step: skipped: no dbt here" in text

    def test_runs_a_minute_are_more(self) -> None:
        text = page([result("Dagway", 600.0, row="many"), result("stock: spawn", 20.0, row="many")])
        assert "| 600 | 20.0 | 30.0 × as many |" in text


def test_a_row_that_is_measured_again_is_of_one_session(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "latency.json"
    keep(file, [result("Dagway", 1.0), result("stock", 9.0), result("Dagway", 5.0, row="first")])
    keep(file, [result("Dagway", 2.0)])
    assert {(each.row, each.peer, *each.values) for each in kept(file)} == {
        ("one", "Dagway", 2.0),
        ("first", "Dagway", 5.0),
    }


def test_a_row_that_was_skipped_and_is_measured_now_is_skipped_no_more(tmp_path: Path) -> None:
    file = tmp_path / "latency.json"
    keep(file, [result(NOBODY, note="skipped")])
    keep(file, [result("Dagway", 1.0)])
    assert [each.peer for each in kept(file)] == ["Dagway"]


def test_environments() -> None:
    assert "dagster-dbt==0.28.6" in environments.stock("1.12.6", dbt=True).requirements
    assert not any(
        "dagway" in name or "dbt" in name for name in environments.stock("1.13.27", dbt=False).requirements
    )
    assert environments.stock("1.13.27", dbt=False).folder != environments.stock("1.12.6", dbt=False).folder


def test_what_cannot_be_installed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    impossible = environments.Environment("impossible", ("--no-index", "no-such-package-of-ours"))
    with pytest.raises(environments.UnavailableError, match="impossible could not be installed"):
        impossible.installed()


def test_the_large_project_has_a_thousand_models(tmp_path: Path) -> None:
    parsed = tmp_path / "dbt"
    parsed.write_text("#!/bin/sh\nexit 0\n")
    parsed.chmod(0o755)
    warehouse = large(tmp_path, tmp_path / "python") / "warehouse"
    models = sorted((warehouse / "models").iterdir())
    assert len(models) == 1000
    assert models[0].read_text() == "select 1 as id\n"
    assert models[999].read_text().count("ref('model_0") == 2
