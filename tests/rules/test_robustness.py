"""Projects as they should not be: whatever lies in a folder, there is a report, and each file that was not read is named."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.rules.config import Config
from dagway.rules.engine import Task, check
from dagway.rules.library import library
from dagway.rules.model import Problem, Report
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile
from dagway.rules.workers import WORTHWHILE

PRIVATE = "from dagster._core.definitions import AssetKey\n"
STATIC = tuple(rule for rule in library() if rule.kind == "S")


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def report(root: Path, *, load: bool = False, config: Config | None = None) -> Report:
    rules = library() if load else STATIC
    return check(Task(root, (root,), tuple(rules), config or Config(), load=load, cached=False))


def found(report: Report, rule: str = "private-dagster-import") -> list[tuple[str, int]]:
    return [(item.path, item.line) for item in report.findings if item.rule == rule]


def reasons(report: Report) -> dict[str, str]:
    return {item.path: item.reason for item in report.skipped}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xef\xbb\xbf" + PRIVATE.encode(), 1),
        (b"import os\r\n\r\n" + PRIVATE.encode().replace(b"\n", b"\r\n"), 3),
        (b"if True:\n\t" + PRIVATE.encode(), 2),
        ("# -*- coding: utf-8 -*-\nnaïve = 'é'\n".encode() + PRIVATE.encode(), 3),
        (b"import os\r" + PRIVATE.encode(), 2),
        (b"x = 1\x0c\n" + PRIVATE.encode(), 2),
    ],
    ids=["byte order mark", "CRLF", "tabs", "not ASCII", "lone CR", "form feed"],
)
def test_text_as_editors_leave_it_is_read(tmp_path: Path, content: bytes, line: int) -> None:
    (tmp_path / "a.py").write_bytes(content)
    assert found(report(tmp_path)) == [("a.py", line)]


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(tmp_path: Path) -> None:
    write(tmp_path, {"good.py": PRIVATE, "torn.py": "def (:\n", "large.py": "x = 1\n" * 2_000_000})
    (tmp_path / "latin.py").write_bytes(b"x = 1\ny = '\xe9'\n")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "itself.py").symlink_to(tmp_path / "itself.py")
    (tmp_path / "defs.yaml").write_bytes(b"type: \x00\n")
    (tmp_path / "dg.toml").write_bytes(b"[project\n")
    (tmp_path / "memory.py").symlink_to("/proc/self/mem")
    # A pipe would be waited for until somebody writes to it.
    os.mkfifo(tmp_path / "pipe.py")
    checked = report(tmp_path)
    assert found(checked) == [("good.py", 1)]
    assert checked.crashes == ()
    assert reasons(checked) == {
        "torn.py": "not valid Python: invalid syntax",
        "large.py": "larger than 2 MB",
        "latin.py": "not UTF-8 text",
        "gone.py": "no such file or directory",
        "memory.py": "input/output error",
        "itself.py": "too many levels of symbolic links",
        "pipe.py": "not a regular file",
        "defs.yaml": "not valid YAML: unacceptable character #x0000: control characters are not allowed",
        "dg.toml": "not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 9)",
    }


def test_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.py": PRIVATE})
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert found(report(tmp_path)) == [("a/b.py", 1)]


def test_an_empty_project_has_nothing_to_report(tmp_path: Path) -> None:
    assert (report(tmp_path).status, report(tmp_path).files) == (0, 0)


def test_notebooks_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"a.ipynb": '{"cells": []}'})
    assert report(tmp_path).files == 0


def many(count: int) -> Mapping[str, str]:
    return {
        f"part_{number % 7}/a_{number}.py": "x = 1\n" * (number % 50) + PRIVATE for number in range(count)
    }


@pytest.mark.filterwarnings("ignore:This process")
def test_many_files_give_the_same_in_several_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, many(WORTHWHILE * 3))
    monkeypatch.setattr("dagway.rules.workers._cores", lambda: 2)
    together = report(tmp_path)
    monkeypatch.setattr("dagway.rules.workers._cores", lambda: 0)
    assert together == report(tmp_path)
    assert len(together.findings) == WORTHWHILE * 3


DEFS = "import dagster as dg\n\n\n@dg.asset\ndef orders(): ...\n\n\ndefs = dg.Definitions(assets=[orders])\n"
#: What code does at import, and what is said of it; nothing where it loads all the same.
DOINGS = {
    "ends": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "ends at once": ("import os\nos._exit(3)\n", "the process that loads definitions ended with status 3"),
    "kills itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
        "the process that loads definitions ended with status -9",
    ),
    "asks": ("input('password? ')\n", "EOF"),
    "prints much": (
        "import sys\nfor out in (sys.stdout, sys.stderr):\n    out.write('{]' * 1_000_000)\n",
        "",
    ),
    "forks": ("import os\nos.fork()\n", ""),
    "leaves a thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
        "",
    ),
    "closes its output": ("import sys\nsys.stdout.close()\nsys.stderr.close()\n", ""),
    "goes elsewhere": ("import os, sys\nos.chdir('/')\nos.environ.clear()\nsys.path.clear()\n", ""),
}


@pytest.mark.integration
@pytest.mark.parametrize("doing", DOINGS)
def test_whatever_a_project_does_at_import_there_is_a_report(tmp_path: Path, doing: str) -> None:
    code, cause = DOINGS[doing]
    write(tmp_path, {"definitions.py": code + DEFS, "private.py": PRIVATE})
    checked = report(tmp_path, load=True)
    messages = [item.message for item in checked.findings if item.rule == "definitions-unloadable"]
    assert found(checked) == [("private.py", 1)]
    assert (checked.crashes, checked.skipped) == ((), ())
    assert len(messages) == bool(cause)
    assert all(cause in message for message in messages)
    assert bool(found(checked, "asset-owner-missing")) is not bool(cause)


@pytest.mark.filterwarnings("ignore:This process")
def test_a_process_that_is_ended_from_outside_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @rule("ending", severity="note")
    def ending(file: PythonFile) -> list[Problem]:
        """Ends its process, as a system short of memory does."""
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    write(tmp_path, many(WORTHWHILE))
    monkeypatch.setattr("dagway.rules.workers._cores", lambda: 1)
    with pytest.raises(DagwayError, match="ended from outside"):
        check(Task(tmp_path, (tmp_path,), (ending,), load=False, cached=False))
