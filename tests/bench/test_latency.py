"""The table of latencies: what is kept from session to session, and how it reads."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.latency import environments
from bench.latency.__main__ import Race, arguments
from bench.latency.page import page
from bench.latency.projects import large
from bench.latency.results import Result, keep, kept
from bench.latency.rows import GROUPS, ROWS, Group, Limits
from bench.latency.workloads import Timing, Workload

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


class TestRace:
    def test_a_warm_up_does_not_count_and_a_peer_that_fails_is_out(self) -> None:
        race = Race(GROUPS["one"], arguments(["--rounds", "2"]))
        race.run([Fake("quick", [9.0, 1.0, 2.0]), Fake("broken", [9.0, 3.0])])
        assert race.values[("one", "quick")] == [1.0, 2.0]
        assert race.values[("first", "quick")] == [0.5, 1.0]
        assert race.values[("one", "broken")] == [3.0]
        assert race.failed == {"broken": "first, one failed: it does not start"}

    def test_what_takes_long_makes_fewer_rounds(self) -> None:
        measured: list[Limits] = []

        def measure(peer: object, limits: Limits) -> Mapping[str, float]:
            measured.append(limits)
            return {"many": 1.0}

        options = Namespace(runs=7, seconds=1.0, rounds=5)
        Race(Group(["many"], measure, most_rounds=2, warm_up=False), options).run([Fake("one", [])])
        assert measured == [Limits(7, 1.0)] * 2

    def test_every_row_is_measured_by_one_group(self) -> None:
        assert sorted(row for group in GROUPS.values() for row in group.rows) == sorted(ROWS)


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

    def test_runs_a_minute_are_more(self) -> None:
        text = page([result("Dagway", 600.0, row="many"), result("stock: spawn", 20.0, row="many")])
        assert "| 600 | 20.0 | 30.0 × as many |" in text


def test_a_row_that_is_measured_again_replaces_its_own(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "latency.json"
    keep(file, [result("Dagway", 1.0), result("Dagway", 5.0, row="first")])
    keep(file, [result("Dagway", 2.0)])
    assert {(each.row, *each.values) for each in kept(file)} == {("one", 2.0), ("first", 5.0)}


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
