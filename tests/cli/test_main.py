"""The command line's frame: help, names, errors, exit statuses, completion, start-up."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dagway.cli._group import CommandEntry, LazyGroup
from dagway.cli.main import COMMANDS, main

HEAVY = ("dagster", "pydantic", "rich", "pandas", "duckdb", "sqlglot", "yaml", "pyarrow", "sqlalchemy")
#: Of Python's own, what alone takes a tenth of the time in which help is to answer.
SLOW_STANDARD = (
    "asyncio",
    "multiprocessing",
    "concurrent.futures.process",
    "importlib.metadata",
    "unittest.mock",
    "ssl",
)

COMMAND = '''
import click
from dagway.cli._output import console, format_option, print_json
from dagway.errors import DagwayError

class Several(DagwayError):
    mistakes = ({"line": 3, "message": "no such asset 'ordrs'"},)

@click.command()
@click.argument("what")
@format_option
def act(what, output_format):
    """Do what the test asks for."""
    match what:
        case "mistake":
            raise DagwayError("orders.yaml:3:5: no such asset 'ordrs'", "Write 'orders'.")
        case "mistakes":
            raise Several("orders.yaml has 1 mistake")
        case "defect":
            raise ZeroDivisionError("by zero")
        case "interrupt":
            raise KeyboardInterrupt
        case "unmet":
            return 1
        case "json":
            print_json({"format": output_format})
        case _:
            console().print(f"orders[new] {what}", style="red")
'''

Runner = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs a group like Dagway's whose one command, `act`, lives in a module of its own."""
    (tmp_path / "acting_command.py").write_text(COMMAND)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sys.modules.pop("acting_command", None)
    group = LazyGroup("dagway", params=list(main.params), callback=main.callback)
    group.table = {"act": CommandEntry("acting_command", "act", "Do.", "Build")}
    return lambda *arguments: CliRunner().invoke(group, arguments)


def dagway(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagway.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=60,
        check=False,
    )


def on_terminal(code: str, **variables: str) -> str:
    """What Python code prints when its stdout is a terminal."""
    ours, theirs = pty.openpty()
    environment: Mapping[str, str] = {**os.environ, "TERM": "xterm-256color", **variables}
    subprocess.run([sys.executable, "-c", code], stdout=theirs, env=environment, check=True, timeout=60)
    os.close(theirs)
    printed = os.read(ours, 10_000).decode()
    os.close(ours)
    return printed


def test_help_shows_every_command_in_the_order_of_the_work() -> None:
    help_text = CliRunner().invoke(main, ["-h"]).output
    places = [help_text.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert list(COMMANDS)[:4] == ["draft", "plan", "prototype", "verify"]
    assert CliRunner().invoke(main, ["--help"]).output == help_text


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from dagway.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.endswith("HEAVY []\n")


# PyYAML is light enough for a command that answers from a YAML file; the code server's options are Dagster's own.
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"code-server"}))
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    code = (
        "import sys\n"
        "from dagway.cli.main import main\n"
        f"main([{name!r}, '--help'], standalone_mode=False)\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules and name != 'yaml'])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.startswith(f"Usage: dagway {name}")
    assert shown.stdout.endswith("HEAVY []\n")


def test_the_frame_needs_click_and_a_few_modules_of_its_own() -> None:
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from dagway.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "names = {name for name in set(sys.modules) - before if name.partition('.')[0] not in sys.stdlib_module_names}\n"
        "print(sorted({name for name in names if name.startswith('dagway')} | {name.partition('.')[0] for name in names}))\n"
        f"print([name for name in {SLOW_STANDARD!r} if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    *_, imported, slow = shown.stdout.splitlines()
    assert ast.literal_eval(imported) == [
        "click",
        "dagway",
        "dagway.cli",
        "dagway.cli._failure",
        "dagway.cli._group",
        "dagway.cli._output",
        "dagway.cli.main",
        "dagway.errors",
    ]
    assert slow == "[]"


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("dagway 0.")


def test_a_command_runs_and_its_names_print_as_they_are(run: Runner) -> None:
    result = run("act", "now")
    assert (result.exit_code, result.stdout) == (0, "orders[new] now\n")


def test_unmet_is_one(run: Runner) -> None:
    assert run("act", "unmet").exit_code == 1


def test_a_mistake_is_told_with_its_remedy(run: Runner) -> None:
    result = run("act", "mistake")
    assert result.exit_code == 2
    assert result.stderr == "error: orders.yaml:3:5: no such asset 'ordrs'\n  Write 'orders'.\n"
    assert result.stdout == ""


@pytest.mark.parametrize("asked", [["--format", "json"], ["--format=json"], ["--json"]])
def test_a_mistake_as_json(run: Runner, asked: list[str]) -> None:
    result = run("act", "mistake", *asked)
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "error": {"message": "orders.yaml:3:5: no such asset 'ordrs'", "remedy": "Write 'orders'."}
    }


def test_several_mistakes_as_json(run: Runner) -> None:
    error = json.loads(run("act", "mistakes", "--json").stdout)["error"]
    assert error["mistakes"] == [{"line": 3, "message": "no such asset 'ordrs'"}]


@pytest.mark.parametrize("asked", [["--format", "json"], ["--json"], ["--json", "--format", "text"]])
def test_json_is_asked_for_in_two_ways(run: Runner, asked: list[str]) -> None:
    assert json.loads(run("act", "json", *asked).stdout) == {"format": "json"}


def test_a_wrong_option_is_an_error_with_the_way_to_help(run: Runner) -> None:
    result = run("act", "now", "--colour")
    assert result.exit_code == 2
    assert "--colour" in result.stderr
    assert result.stderr.endswith("\n  See 'dagway act --help'.\n")


def test_a_defect_is_one_line_and_keeps_its_traceback_in_a_file(run: Runner, tmp_path: Path) -> None:
    result = run("act", "defect")
    [written] = tmp_path.glob("dagway-error-*.txt")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: ZeroDivisionError: by zero; this is a defect in Dagway\n"
        f"  Please report it with the traceback in {written}\n"
    )
    assert 'raise ZeroDivisionError("by zero")' in written.read_text()


def test_an_interrupt_is_130(run: Runner) -> None:
    assert run("act", "interrupt").exit_code == 130


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_no_defect() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dagway.cli", "schema"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert b"cannot be written: No space left on device" in done.stderr
    assert b"defect" not in done.stderr


def test_without_an_output_nothing_fails() -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m dagway.cli schema >&-"], stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["--help"], ["schema"], ["integrations"], ["integrations", "--json"]])
def test_a_closed_pipe_is_quiet_and_not_the_status_of_unmet(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "dagway.cli", *words],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (141, b"")


def test_a_mistyped_command_gets_the_nearest() -> None:
    result = CliRunner().invoke(main, ["prototpye"])
    assert result.exit_code == 2
    assert result.stderr == (
        "error: No such command 'prototpye'. Did you mean 'prototype'?\n  See 'dagway --help'.\n"
    )
    assert "There are: draft, plan" in CliRunner().invoke(main, ["zzz"]).stderr


@pytest.mark.parametrize(
    ("words", "expected"), [("dagway pl", "plain,plan"), ("dagway --no", "plain,--no-color")]
)
def test_bash_completes_commands_and_options(words: str, expected: str) -> None:
    completed = dagway(_DAGWAY_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="1")
    assert completed.stdout.split() == [expected]


def test_bash_completes_the_options_of_a_command() -> None:
    completed = dagway(_DAGWAY_COMPLETE="bash_complete", COMP_WORDS="dagway plan --for", COMP_CWORD="2")
    assert "plain,--format" in completed.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_calls_dagway(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_DAGWAY_COMPLETE={shell}_complete" in result.stdout


COLOURED = """
import click
from dagway.cli._output import console
with click.Context(click.Command("x"){}) as context:
    console().print("red", style="red")
"""


def test_colour_shows_on_a_terminal_alone() -> None:
    piped = subprocess.run(
        [sys.executable, "-c", COLOURED.format("")], capture_output=True, check=True, timeout=60
    )
    assert piped.stdout == b"red\n"
    assert on_terminal(COLOURED.format("")) == "\x1b[31mred\x1b[0m\r\n"


def test_colour_can_be_refused_on_a_terminal() -> None:
    assert on_terminal(COLOURED.format(""), NO_COLOR="1") == "red\r\n"
    assert on_terminal(COLOURED.format(", color=False")) == "red\r\n"
