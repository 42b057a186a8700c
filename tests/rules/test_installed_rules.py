"""Rules of one's own, in a package that is built and installed as people do it, without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PACKAGE = {
    "pyproject.toml": """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "acme-conventions"
version = "1.0"

[project.entry-points."dagway.rules"]
asset-without-prefix = "acme.conventions:check"
sql-without-semicolon = "acme.text:check"
""",
    "acme/__init__.py": "",
    "acme/conventions.py": '''\
from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-without-prefix", kind="L", severity="warning")
def check(loaded: LoadedProject, prefix: str = "acme") -> Iterable[Problem]:
    """An asset's key lacks the company's prefix."""
    for asset in loaded.defined:
        if asset.key[0] != prefix:
            yield loaded.problem_of(asset, f"does not begin with {prefix}", f"Begin its key with {prefix}")
''',
    "acme/text.py": '''\
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.sql import SqlFile


@rule("sql-without-semicolon", severity="error")
def check(file: SqlFile) -> Iterable[Problem]:
    """A query has no end."""
    if not file.text.rstrip().endswith(";"):
        yield Problem(1, 1, "the query has no end", "End it with a semicolon")
''',
}
PROJECT = {
    "pyproject.toml": '[tool.dagway.check.rules.asset-without-prefix]\nprefix = "shop"\n',
    "definitions.py": 'import dagster as dg\n\ndefs = dg.Definitions([dg.AssetSpec(["shop", "a"]), dg.AssetSpec(["b"])])\n',
    "query.sql": "select 1\n",
}


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package is installed into."""
    folder = tmp_path_factory.mktemp("acme")
    source, wheels, target = written(folder / "source", PACKAGE), folder / "wheels", folder / "site"
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(wheels)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True, timeout=120)
    (wheel,) = wheels.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    pip = [str(folder / "env" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, *offline, "--target", str(target), str(wheel)], check=True, timeout=120)
    return target


def dagway(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagway.cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_its_rules_find_with_the_options_of_the_project(installed: Path, tmp_path: Path) -> None:
    project = written(tmp_path / "project", PROJECT)
    done = dagway(installed, project, "check", "--json", "--select", "asset-without-prefix,sql-*")
    assert done.returncode == 1, done.stderr
    found = [(item["rule"], item["path"], item["message"]) for item in json.loads(done.stdout)["findings"]]
    assert found == [
        ("asset-without-prefix", "definitions.py", "the asset b does not begin with shop"),
        ("sql-without-semicolon", "query.sql", "the query has no end"),
    ]


def test_they_are_listed_and_explained(installed: Path, tmp_path: Path) -> None:
    assert "asset-without-prefix" in dagway(installed, tmp_path, "rules").stdout
    assert (
        "lacks the company's prefix" in dagway(installed, tmp_path, "explain", "asset-without-prefix").stdout
    )


def test_without_the_package_the_configuration_names_an_unknown_rule(tmp_path: Path) -> None:
    project = written(tmp_path / "project", PROJECT)
    done = dagway(tmp_path, project, "check", "--no-load")
    assert done.returncode == 2
    assert "there is no rule 'asset-without-prefix'" in done.stderr
