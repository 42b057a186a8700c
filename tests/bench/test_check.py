"""The checker's benchmark: the generated project is as large as it says and loads; the figures are read from real runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.bouncer import MissingError, setup
from bench.check import linear, loaded, saving, static
from bench.pipelines import Size, of_assets, write
from bench.timing import Figure


@pytest.mark.unit
def test_the_files_are_as_many_as_said_and_differ(tmp_path: Path) -> None:
    write(tmp_path, Size(python=100, sql=50, yaml=50))
    made = Counter(path.suffix for path in tmp_path.rglob("*_000*") if path.is_file())
    components = len(list(tmp_path.rglob("defs.yaml")))
    assert (made[".py"], made[".sql"], made[".yml"] + components) == (100, 50, 50)
    bodies = {path.read_text() for path in tmp_path.rglob("*_000*.py")}
    assert len(bodies) == 100
    assert sum(text.count("\n") for text in bodies) > 6000


@pytest.mark.unit
def test_linear_is_the_second_against_the_last() -> None:
    first, last = Figure("1", (0.2,)), Figure("2", (0.4,))
    assert linear(0.3, 10).reached([first, Figure("20", (4.0,)), last])
    assert not linear(0.3, 10).reached([first, Figure("20", (9.0,)), last])
    assert not linear(0.1, 10).reached([first, Figure("20", (4.0,)), last])


@pytest.mark.unit
def test_what_is_missing_for_a_comparison_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="it could not be installed: no such package"):
        setup(["sh", "-c", "echo no such package >&2; exit 1"], tmp_path, "it could not be installed")


@pytest.mark.integration
def test_a_small_project_beside_ruff(tmp_path: Path) -> None:
    row = static(write(tmp_path / "files", Size(20, 10, 10)), tmp_path / "cache", rounds=1)
    assert [len(figure.seconds) for figure in row.figures] == [1, 1]


@pytest.mark.integration
@pytest.mark.slow
def test_loaded_rules_and_saving_on_a_small_project(tmp_path: Path) -> None:
    row = loaded(tmp_path, rounds=1, sizes=(50, 100))
    assert [figure.name for figure in row.figures] == ["50 assets", "100 assets"]
    assert all(figure.median > 0 for figure in row.figures)
    assert (
        saving(write(tmp_path / "project", of_assets(50)), "definitions", "50 assets", 1).figures[0].median
        > 0
    )
