"""The checker's benchmark: the generated project is as large as it says and loads; the figures are read from real runs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bench import dbt_project
from bench.bouncer import MissingError, rows, setup
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


@pytest.mark.unit
def test_the_dbt_project_has_the_published_shape(tmp_path: Path) -> None:
    dbt = dbt_project.write(tmp_path, 400) / "dbt"
    layers = Counter(path.relative_to(dbt / "models").parts[0] for path in dbt.rglob("models/**/*.sql"))
    assert layers == {"staging": 200, "intermediate": 100, "marts": 100}
    manifest = json.loads((dbt / "target" / "manifest.json").read_text())
    assert Counter(node["resource_type"] for node in manifest["nodes"].values()) == {
        "model": 400,
        "test": 800,
    }
    assert (len(manifest["sources"]), len(manifest["macros"])) == (20, 26)
    for name, parents in manifest["parent_map"].items():
        assert set(parents) <= set(manifest["parent_map"])
        assert all(name in manifest["child_map"][parent] for parent in parents)
    joined = manifest["nodes"]["model.shop.int_3"]
    assert joined["depends_on"]["nodes"] == ["model.shop.stg_payments_6", "model.shop.stg_crm_7"]
    assert (dbt / joined["original_file_path"]).read_text() == joined["raw_code"]


@pytest.mark.integration
def test_without_dbt_bouncer_its_row_is_ours_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    row = next(rows(tmp_path, rounds=1, models=40))
    assert [figure.name for figure in row.figures] == ["`dagway check --no-load`, its rules of dbt"]
    assert "dbt-bouncer: skipped: it could not be installed: " in capfd.readouterr().err


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
