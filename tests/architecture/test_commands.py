"""Every command is registered, documented and tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagway.cli.main import COMMANDS
from dagway.cli.reference import page

ROOT = Path(__file__).parents[2]
CLI = ROOT / "src" / "dagway" / "cli"
PAGE = ROOT / "docs" / "cli.md"
README = ROOT / "README.md"
#: Modules of the command line that hold no command.
FRAME = {"main", "reference"}


def test_every_module_of_a_command_is_registered() -> None:
    modules = {path.stem for path in CLI.glob("*.py") if not path.stem.startswith("_")} - FRAME
    registered = {entry.module.removeprefix("dagway.cli.") for entry in COMMANDS.values()}
    assert registered == modules


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_answers_to_its_name(name: str) -> None:
    assert COMMANDS[name].load().name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented(name: str) -> None:
    assert f"\n## dagway {name}\n" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_tested(name: str) -> None:
    module = COMMANDS[name].module.removeprefix("dagway.cli.")
    own = ROOT / "tests" / "cli" / f"test_{module}.py"
    frame = ROOT / "tests" / "cli" / "test_main.py"
    assert own.exists() or f'["{name}"' in frame.read_text(encoding="utf-8")


def test_the_page_of_the_command_line_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: run 'make docs' and commit docs/cli.md"


def test_the_readme_names_the_commands_without_json() -> None:
    options = {
        name: {opt for one in entry.load().params for opt in one.opts} for name, entry in COMMANDS.items()
    }
    said = re.search(r"takes `--format json` \(not (.*?)\)", README.read_text(encoding="utf-8"), re.DOTALL)
    assert said
    assert set(re.findall(r"`([a-z-]+)`", said[1])) == {
        name for name in options if "--json" not in options[name]
    }
