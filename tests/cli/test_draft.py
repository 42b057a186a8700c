import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from dagway.blueprint.load import BlueprintErrors, LoadedBlueprint, Mistake
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


@pytest.mark.parametrize("name", ["warehouse", "staging", "exports", "temp"])
def test_draft_of_a_file_or_folder_with_the_name_of_a_part_of_the_project_can_be_planned(
    runner: CliRunner, name: str
) -> None:
    with duckdb.connect(f"{name}.duckdb") as database:
        database.execute("create table orders as select 1 as id")
    Path("inbox", name).mkdir()
    Path("inbox", name, "orders.csv").write_text("id\n1\n")
    for drafted, group in ((f"{name}.duckdb", f"{name}_data/orders"), ("inbox", f"{name}_data/orders")):
        result = runner.invoke(main, ["draft", drafted, "--force"])
        assert (result.exit_code, group in result.output) == (0, True), result.output
        planned = runner.invoke(main, ["plan", "blueprint.yaml", "--json"])
        assert group in [asset["key"] for asset in json.loads(planned.stdout)["assets"]]


def test_a_draft_that_cannot_be_planned_leaves_nothing_behind(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(loaded: LoadedBlueprint) -> None:
        raise BlueprintErrors([Mistake(loaded.position("sources", "shop"), "no", "", "shop:")])

    monkeypatch.setattr("dagway.prototype.plan.plan", refused)
    with duckdb.connect("shop.duckdb") as database:
        database.execute("create table orders as select 1 as id")
    Path("demo").mkdir()
    Path("demo", "kept.csv").write_text("id\n1\n")
    result = runner.invoke(main, ["draft", "shop.duckdb"])
    assert result.exit_code == 2
    assert "shop.duckdb makes no blueprint: no (shop:)." in result.stderr
    assert sorted(path.name for path in Path("demo").rglob("*")) == ["kept.csv"]
    assert not Path("blueprint.yaml").exists()
