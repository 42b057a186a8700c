"""`dagway verify`: what it says before it runs anything. What a proof shows is tested with the projects of `e2e`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dagway.cli.main import main

BLUEPRINT = """\
blueprint: 1
name: shop_numbers
requirements: {R1: Orders arrive.}
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_NUMBERS_URL') }}"
    tables: [orders]
    meets: [R1]
"""


def test_missing_variables_are_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP_NUMBERS_URL", raising=False)
    Path("blueprint.yaml").write_text(BLUEPRINT)
    built = CliRunner().invoke(main, ["prototype", "blueprint.yaml", "out", "--no-verify"])
    assert built.exit_code == 0, built.output

    result = CliRunner().invoke(main, ["verify", "out"])
    assert result.exit_code == 2
    assert "SHOP_NUMBERS_URL" in result.stderr
    assert "--demo" in result.stderr
    assert "the environment or the project's .env file" in result.stderr
    assert not Path("out", "evidence").exists()

    # Where it is production, no file is read.
    result = CliRunner().invoke(main, ["verify", "out"], env={"DAGWAY_ENVIRONMENT": "production"})
    assert "Set them in the environment, or prove with --demo" in result.stderr


def test_a_folder_without_a_project_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(tmp_path)])
    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_project_that_dg_does_not_know_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text("import dagster as dg\n\ndefs = dg.Definitions()\n")
    result = CliRunner().invoke(main, ["verify", str(tmp_path)])
    assert result.exit_code == 2
    assert "no project of dg" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["definitions.py"]
