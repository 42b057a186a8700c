"""Completion as shells do it: the script is loaded by a real bash, zsh or fish, and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
#: zsh completes only at a prompt: its own completion of a line is asked through a terminal of its own.
ZSH = r"""
zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell 'autoload -U compinit; compinit -u -d $TMPDIR/dump; PS1=; LISTMAX=1000; setopt nobeep'
zpty -w shell "source $1"
zpty -w shell 'echo READY''TO'
zpty -r shell seen '*READYTO*'
zpty -n -w shell "$2"$'\t\t'
zpty -r shell seen "*$3*" && print -r -- "$seen"
"""


def shell(name: str) -> str:
    """The shell's path; without it the test is skipped on a machine of one's own."""
    found = shutil.which(name)
    if found is None and os.environ.get("CI") != "true":
        pytest.skip(f"{name} is not installed: apt install {name}")
    assert found, f"{name} has to be installed where CI runs"
    return found


def environment(tmp_path: Path) -> dict[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8", "TERM": "dumb"}


def script(name: str, tmp_path: Path) -> Path:
    """The completion script of a shell, as a file."""
    written = subprocess.run(
        [BIN / "dagway", "completion", name], capture_output=True, text=True, check=True, timeout=60
    )
    path = tmp_path / f"dagway.{name}"
    path.write_text(written.stdout)
    return path


CASES = [
    ("dagway ver", "verify"),
    ("dagway plan --form", "--format"),
    ("dagway integrations postg", "postgres"),
    ("dagway integrations --category ET", "ETL"),
    ("dagway integrations --role ware", "warehouse"),
    ("dagway explain secret-l", "secret-literal"),
    ("dagway check --preset str", "strict"),
    ("dagway check --select secret-literal,asset-too", "secret-literal,asset-too-long"),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash(line: str, expected: str, tmp_path: Path) -> None:
    words = " ".join(f'"{word}"' for word in line.split())
    asked = (
        f"source {script('bash', tmp_path)}; COMP_WORDS=({words}); COMP_CWORD={line.count(' ')};"
        " _dagway_completion dagway; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(
        [shell("bash"), "--norc", "-c", asked], env=environment(tmp_path), capture_output=True, text=True
    )
    assert expected in done.stdout.split(), done.stderr


# Of a list with commas fish offers nothing: to it the line before the cursor is another word.
@pytest.mark.parametrize(("line", "expected"), CASES[:-1])
def test_fish(line: str, expected: str, tmp_path: Path) -> None:
    asked = f"source {script('fish', tmp_path)}; complete --do-complete '{line}'"
    done = subprocess.run(
        [shell("fish"), "--no-config", "-c", asked],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert expected in [row.split("\t")[0] for row in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_zsh(line: str, expected: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [shell("zsh"), "-f", "-c", ZSH, "zsh", str(script("zsh", tmp_path)), line, expected],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert expected in done.stdout, (done.stdout, done.stderr)
