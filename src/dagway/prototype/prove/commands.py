"""The commands of the validation checklist, as a person types them, each in its own process.

They are the real commands, started in forks of one warm process: importing Dagster six times would take longer than
the proof itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from dagway.prototype.prove.forked import fork, wait
from dagway.prototype.prove.model import Command

MOST_OUTPUT = 2_000_000

#: Beside Dagster itself: what projects, their tests and the observing lane import, where it is installed.
WARM = (
    "alembic.command",
    "croniter",
    "dagster_duckdb_pandas",
    "dagway.components.warehouse.duckdb_session",
    "dagway.project.read",
    "hypothesis",
    "pandas",
    "prompt_toolkit",
    "pyarrow",
    "pytest",
    "requests",
    "rich.markdown",
    "sqlalchemy.dialects.sqlite",
    "sqlglot",
    "tomlkit",
)

CHECKS: tuple[tuple[str, ...], ...] = (
    ("dg", "check", "defs"),
    ("dg", "check", "yaml"),
    ("dg", "list", "defs", "--json"),
    ("pytest", "tests", "-q", "--no-header", "-rfEs", "-p", "no:cacheprovider"),
)


def warm() -> None:
    """Imports what the commands and the worker need, without starting a thread."""
    from dagway._dagster.warm import warm_up

    warm_up()
    for name in WARM:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    # dg imports its commands when it is first asked for one.
    from dagster_dg_cli.cli import cli

    cli.list_commands(click.Context(cli))


def run(words: Sequence[str], folder: Path, scratch: Path, home: Path) -> Command:
    """One command in a fork, in the project's folder. `home` is its Dagster home."""
    from dagway._dagster.component_loading import fast_component_loading

    output = scratch / f"{'_'.join(words[:3]).replace('-', '').replace('/', '_')}.txt"

    def inside() -> int:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        sys.argv = list(words)
        # Each command loads the project, a launch six times; that it loads without help is what the first one shows.
        with nullcontext() if words == CHECKS[0] else fast_component_loading():
            return _pytest(words[1:]) if words[0] == "pytest" else _dg(words[1:])

    child = fork(inside, output, DAGSTER_HOME=str(home), NO_COLOR="1", COLUMNS="200")
    status, seconds = wait(child)
    return Command(_name(words), shlex.join(words), status, seconds, _text(output))


def _name(words: Sequence[str]) -> str:
    return " ".join(words[: 2 if words[:2] == ("dg", "launch") else 3]) if words[0] == "dg" else words[0]


def _dg(words: Sequence[str]) -> int:
    from dagster_dg_cli.cli import cli

    cli.main(args=list(words), prog_name="dg")
    return 0


def _pytest(words: Sequence[str]) -> int:
    import pytest

    return int(pytest.main(list(words)))


def ruff(folder: Path) -> Command | None:
    """`ruff check` on the project's own Python; None where ruff is not installed."""
    from shutil import which

    beside = Path(sys.executable).with_name("ruff")
    found = str(beside) if beside.is_file() else which("ruff")
    if found is None:
        return None
    import time

    started = time.perf_counter()
    done = subprocess.run(
        [found, "check", "--no-cache", "."], cwd=folder, capture_output=True, text=True, check=False
    )
    text = done.stdout + done.stderr
    return Command("ruff check", "ruff check .", done.returncode, time.perf_counter() - started, text)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[:MOST_OUTPUT]
