import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dagway.cli.main import main


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "people.csv").write_text("id,name\n1,a\n2,b\n")
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_draft_says_what_it_found_and_what_comes_next(runner: CliRunner) -> None:
    result = runner.invoke(main, ["draft", "inbox"])
    assert result.exit_code == 0, result.output
    assert "inbox/people: 2 rows, key id (never repeats)" in result.output
    assert "dagway prototype blueprint.yaml out --demo" in result.output
    assert Path("blueprint.yaml").exists()


def test_draft_prints_json(runner: CliRunner) -> None:
    result = runner.invoke(main, ["draft", "inbox", "--json"])
    written = json.loads(result.stdout)
    assert (written["path"], written["name"], written["checks"]) == ("blueprint.yaml", "inbox", 2)
    assert written["tables"] == [
        {
            "source": "inbox",
            "name": "people",
            "origin": "people.csv",
            "rows": 2,
            "read": 2,
            "key": ["id"],
            "key_declared": False,
        }
    ]
    assert "profile" in result.stderr


def test_draft_of_nothing_is_an_error(runner: CliRunner) -> None:
    result = runner.invoke(main, ["draft", "missing"])
    assert result.exit_code == 2
    assert "There is no folder and no file missing" in result.output


def test_draft_as_a_process_says_nothing_else(runner: CliRunner) -> None:
    """DuckDB complains at the end of a process that keeps its objects."""
    command = [sys.executable, "-m", "dagway", "draft", "inbox"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["profile"]


def test_draft_of_a_file(runner: CliRunner) -> None:
    result = runner.invoke(main, ["draft", "inbox/people.csv"])
    assert (result.exit_code, "Name the folder that holds it: inbox" in result.stderr) == (2, True)
