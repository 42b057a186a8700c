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


SQL = {
    "selec from where (((": "no SQL that a dialect knows",
    "select from from raw.orders ((": "no SQL that a dialect knows",
    "hello world": "no SQL that a dialect knows",
    "": "",
    "-- nothing yet\n": "",
    "{# it's a note #} select 1 as a": "",
    "from orders select id": "",
    "create temp table a as select 1;\nselect * from a": "",
    "select a.b:c::string as d from a, lateral flatten(input => a.b) f": "",
    "select top 5 [a] from [b].[c] with (nolock)": "",
    "select 1 as a;": "",
    "select * from read_csv('orders.csv')": "",
    "select * from raw.orders qualify row_number() over (partition by id) = 1": "",
    "select * from {{ ref('a') }} {% if x %} where a {% else %} where b {% endif %}": "",
    "{{ dbt_utils.union_relations([ref('a')]) }}": "",
    "{{ rows }} of {{ nothing }}": "",
}


@pytest.mark.parametrize("text", SQL)
def test_a_model_that_is_no_sql_is_named_unless_its_templates_may_make_it_some(
    tmp_path: Path, text: str
) -> None:
    write(tmp_path, {"dbt_project.yml": "name: shop\n", "models/a.sql": text, "other.sql": "hello world ((("})
    reason = SQL[text]
    assert reasons(report(tmp_path)) == ({"models/a.sql": reason} if reason else {})


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


@pytest.mark.integration
def test_a_file_that_the_workspace_names_and_is_not_there_is_told_at_its_line(tmp_path: Path) -> None:
    workspace = "load_from:\n  - python_file: definitions.py\n  - python_file: nope.py\n"
    write(tmp_path, {"workspace.yaml": workspace, "definitions.py": DEFS})
    [finding] = [
        item for item in report(tmp_path, load=True).findings if item.rule == "definitions-unloadable"
    ]
    assert (finding.path, finding.line) == ("workspace.yaml", 3)
    assert finding.message.endswith("nope.py")


def unloadable(root: Path) -> tuple[str, int]:
    """The place of the one failure to load."""
    [finding] = [item for item in report(root, load=True).findings if item.rule == "definitions-unloadable"]
    return finding.path, finding.line


@pytest.mark.integration
@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "shop"\ndescription = "nosuch in a line"\n[tool.dagster]\nmodule_name = "nosuch"\n',
            5,
        ),
        (
            "workspace.yaml",
            "# python_file: nope.py\nload_from:\n  - python_file: {relative_path: nope.py}\n",
            3,
        ),
        ("workspace.yaml", "load_from:\n  - python_module:\n      module_name: 'nosuch.nested'\n", 3),
    ],
)
def test_what_is_not_there_is_told_at_the_key_that_names_it(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    write(tmp_path, {name: text})
    assert unloadable(tmp_path) == (name, line)


@pytest.mark.integration
def test_a_cause_that_names_other_things_is_told_at_the_locations_file(tmp_path: Path) -> None:
    unrelated = '"""Mentions `io_manager`."""\nNAMES = ["customers", "warehouse", "io_manager"]\n'
    asset = (
        "import dagster as dg\n\n\n@dg.asset(required_resource_keys={'warehouse'})\ndef customers(): ...\n"
    )
    write(
        tmp_path,
        {
            "pyproject.toml": '[tool.dagster]\nmodule_name = "shop.definitions"\n',
            "shop/__init__.py": "",
            "shop/aaa.py": unrelated,
            "shop/assets.py": asset,
            "shop/definitions.py": "import dagster as dg\nfrom shop.assets import customers\n\n"
            "job = dg.define_asset_job('all')\ndefs = dg.Definitions([customers], jobs=[job])\n",
        },
    )
    assert unloadable(tmp_path)[0] != "shop/aaa.py"


@pytest.mark.integration
def test_a_line_is_counted_as_python_counts_it(tmp_path: Path) -> None:
    defs = "import dagster as dg\n\x0c\n\n@dg.asset(key=['a', 'b'])\ndef one(): ...\n\n\n@dg.asset\ndef a__b(): ...\n\n\ndefs = dg.Definitions([one, a__b])\n"
    write(tmp_path, {"definitions.py": defs})
    assert unloadable(tmp_path) == ("definitions.py", 9)


ONE_OF_TWO_CHECKS = """\
import dagster as dg

KEY = dg.AssetKey("orders")


@dg.asset
def orders(): ...


@dg.multi_asset_check(specs=[dg.AssetCheckSpec("a", asset=KEY), dg.AssetCheckSpec("b", asset=KEY)])
def quality(): ...


job = dg.define_asset_job("some", selection=dg.AssetSelection.checks(dg.AssetCheckKey(KEY, "a")))
defs = dg.Definitions(assets=[orders], asset_checks=[quality], jobs=[job])
"""


@pytest.mark.integration
def test_what_dagster_asks_for_is_the_remedy(tmp_path: Path) -> None:
    write(tmp_path, {"definitions.py": ONE_OF_TWO_CHECKS})
    [finding] = [
        item for item in report(tmp_path, load=True).findings if item.rule == "definitions-unloadable"
    ]
    assert (finding.path, finding.line) == ("definitions.py", 11)
    assert finding.remedy == "Select all asset and check keys produced by this asset"


@pytest.mark.integration
def test_a_location_behind_a_server_is_named_beside_those_that_load(tmp_path: Path) -> None:
    workspace = "load_from:\n  - python_file: definitions.py\n  - grpc_server: {port: 4000}\n"
    write(tmp_path, {"workspace.yaml": workspace, "definitions.py": DEFS})
    checked = report(tmp_path, load=True)
    [skipped] = checked.skipped
    assert (skipped.path, skipped.line) == ("workspace.yaml", 3)
    assert "a code location is behind a server" in skipped.reason
    assert found(checked, "asset-owner-missing")


PLAIN = {
    "definitions": DEFS,
    "repository": f"{DEFS.partition('defs =')[0]}@dg.repository\ndef everything():\n    return [orders]\n",
    "job": "import dagster as dg\n\n\n@dg.op\ndef step(): ...\n\n\n@dg.job\ndef daily():\n    step()\n",
    "assets": DEFS.partition("defs =")[0],
}


@pytest.mark.integration
@pytest.mark.parametrize("kind", PLAIN)
def test_a_plain_file_that_is_asked_for_is_loaded_as_dagster_dev_does(tmp_path: Path, kind: str) -> None:
    write(tmp_path, {"sub/jobs.py": PLAIN[kind], "sub/helpers.py": "x = 1\n"})
    paths = (tmp_path / "sub" / "jobs.py", tmp_path / "sub" / "helpers.py")
    checked = check(Task(tmp_path, paths, tuple(library()), Config(), cached=False))
    assert checked.skipped == ()
    expected = [] if kind == "job" else [("sub/jobs.py", 4)]
    assert found(checked, "asset-owner-missing") == expected


def asked(root: Path, *names: str) -> Report:
    """The report on files of a folder that is no project."""
    paths = tuple(root / name for name in names)
    return check(Task(root, paths, tuple(library()), Config(), cached=False))


ORDERS = DEFS.partition("defs =")[0]
SHOP = {
    "setup.py": "from setuptools import setup\n\nsetup(name='shop', packages=['shop'])\n",
    "shop/__init__.py": "",
    "shop/raw.py": "import dagster as dg\n\n\n@dg.asset(required_resource_keys={'wh'})\ndef raw(): ...\n",
    "shop/jobs.py": f"from shop.ops import step\n{PLAIN['job']}",
    "shop/definitions.py": f"from .raw import raw\n{DEFS}",
}


@pytest.mark.integration
@pytest.mark.parametrize("name", [name for name in SHOP if "shop/" in name and "__" not in name])
def test_a_file_of_a_package_is_not_loaded_by_itself(tmp_path: Path, name: str) -> None:
    write(tmp_path, SHOP)
    checked = asked(tmp_path, name)
    assert [item.rule for item in checked.findings if item.severity == "error"] == []
    [skipped] = checked.skipped
    assert skipped.path == name
    assert skipped.reason.startswith(
        "its definitions were not loaded: it belongs to a package. Give the folder"
    )
    assert "key-duplicate" in checked.not_run


@pytest.mark.integration
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("dg.materialize([orders])", "importing it runs something"),
        ("sys.exit(0)", "importing it runs something"),
        ("raise SystemExit(1)", "importing it runs something"),
        ("def main():\n    dg.materialize([orders])\n\n\nmain()", "importing it runs something"),
        ("from . import other", "it imports . from beside it"),
        ("import other", "it imports other from beside it"),
        ("@dg.job\ndef a(): ...\n\n\n@dg.job\ndef b(): ...", "it has several jobs and no definitions"),
    ],
)
def test_a_script_is_never_run(tmp_path: Path, line: str, told: str) -> None:
    trace = f"open({str(tmp_path / 'trace')!r}, 'w').close()\n"
    write(tmp_path, {"script.py": f"import sys\n{ORDERS}{line}\n{trace}", "other.py": "x = 1\n"})
    checked = asked(tmp_path, "script.py")
    assert not (tmp_path / "trace").exists()
    assert [item.rule for item in checked.findings if item.severity == "error"] == []
    [skipped] = checked.skipped
    assert told in skipped.reason


@pytest.mark.integration
def test_a_guarded_script_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, {"script.py": f"{ORDERS}if __name__ == '__main__':\n    dg.materialize([orders])\n"})
    assert found(asked(tmp_path, "script.py"), "asset-owner-missing")


@pytest.mark.integration
def test_a_plain_file_that_does_not_load_is_a_note_at_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"sub/script.py": f"{DEFS}1 / 0\n"})
    checked = asked(tmp_path, "sub/script.py")
    [skipped] = checked.skipped
    assert (skipped.path, skipped.line) == ("sub/script.py", DEFS.count("\n") + 1)
    assert skipped.reason == "its definitions do not load: ZeroDivisionError: division by zero"
    assert found(checked, "definitions-unloadable") == []
    assert "key-duplicate" in checked.not_run


@pytest.mark.integration
def test_two_plain_files_are_two_projects(tmp_path: Path) -> None:
    unknown = DEFS.replace("@dg.asset", "@dg.asset(deps=['elsewhere'])")
    write(tmp_path, {"one.py": DEFS, "two.py": unknown})
    checked = asked(tmp_path, "one.py", "two.py")
    assert (checked.skipped, checked.not_run) == ((), ())
    assert found(checked, "key-duplicate") == found(checked, "dep-undefined") == []
    assert len(found(checked, "asset-owner-missing")) == 2


@pytest.mark.integration
def test_a_folder_without_a_project_says_what_can_be_loaded(tmp_path: Path) -> None:
    write(tmp_path, {"jobs.py": PLAIN["job"], "helpers.py": "x = 1\n"})
    for path in (tmp_path, tmp_path / "helpers.py"):
        checked = check(Task(tmp_path, (path,), tuple(library()), Config(), cached=False))
        [skipped] = checked.skipped
        assert "is not a Dagster project" in skipped.reason
        assert skipped.reason.endswith(
            "Give the folder that has one of them, or a Python file with Definitions."
        )


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
