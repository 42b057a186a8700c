"""``dagway graph`` in its four formats."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from dagway.cli.main import main

PROJECT = """
import dagster as dg

@dg.asset(kinds={"csv"})
def raw(): ...

@dg.asset(deps=[raw])
def clean(): ...

defs = dg.Definitions([raw, clean])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "definitions.py").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["graph", *map(str, arguments)], env={"NO_COLOR": "1"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_tree_is_the_default(project: Path) -> None:
    assert run(project).stdout.splitlines() == ["raw  csv", "└─ clean"]


def test_mermaid(project: Path) -> None:
    assert "\n  n1 --> n0\n" in run(project, "--format", "mermaid").stdout


def test_json(project: Path) -> None:
    for asked in (["--format", "json"], ["--json"]):
        assert json.loads(run(project, *asked).stdout)["edges"] == [["raw", "clean"]]


def test_an_ending_that_says_nothing_is_refused(project: Path, tmp_path: Path) -> None:
    result = run(project, "-o", tmp_path / "x.png")
    assert (result.exit_code, (tmp_path / "x.png").exists()) == (2, False)
    assert "name a --format" in result.stderr


def test_the_ending_of_the_file_decides(project: Path, tmp_path: Path) -> None:
    picture = tmp_path / "lineage.svg"
    result = run(project, "--output", picture)
    assert result.stdout == ""
    assert str(picture) in result.stderr
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def test_the_format_wins_over_the_ending(project: Path, tmp_path: Path) -> None:
    run(project, "--format", "tree", "--output", tmp_path / "x.svg")
    assert (tmp_path / "x.svg").read_text(encoding="utf-8") == "raw  csv\n└─ clean\n"


def test_selection(project: Path) -> None:
    assert run(project, "--select", "key:clean").stdout.strip() == "clean"


def test_a_file_that_cannot_be_written(project: Path, tmp_path: Path) -> None:
    result = run(project, "--output", tmp_path / "no" / "folder.svg")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("form", ["tree", "mermaid", "svg"])
def test_a_selection_of_nothing_is_not_drawn(project: Path, tmp_path: Path, form: str) -> None:
    result = run(project, "--select", "key:claen", "--format", form, "-o", tmp_path / "picture")
    assert (result.exit_code, (tmp_path / "picture").exists()) == (1, False)
    assert 'Nearest: key:"clean".' in result.stderr
