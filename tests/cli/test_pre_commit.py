"""The hook that `.pre-commit-hooks.yaml` offers, run by pre-commit itself on a project's files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
BROKEN = "import dagster as dg\n\npolicy = dg.InternalFreshnessPolicy\n"
FILES = {
    "pyproject.toml": "",
    "broken.py": BROKEN,
    "clean.py": "import dagster as dg\n",
    "dbt/dbt_project.yml": "name: shop\n",
    "dbt/models/orders.sql": "select * from raw.orders\n",
    "notes.md": "dg.InternalFreshnessPolicy\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose commits the hook checks, with the checker that runs these tests instead of one that is installed anew."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook.pop("language") == "python"
    local = {"repo": "local", "hooks": [{**hook, "language": "system"}]}
    (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [local]}))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return root


def commit(project: Path) -> subprocess.CompletedProcess[str]:
    """What pre-commit does before a commit of all that is staged."""
    programs = Path(sys.executable).parent
    return subprocess.run(
        [programs / "pre-commit", "run", "dagway-check", "--color", "never"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(project.parent / "home"),
            "XDG_CACHE_HOME": str(project.parent / "cache"),
        },
    )


def test_a_commit_with_findings_is_refused_and_one_without_is_not(project: Path) -> None:
    refused = commit(project)
    assert refused.returncode == 1
    assert "3:10  error  removed-api" in refused.stdout
    assert "1:15  warning  dbt-hardcoded-relation" in refused.stdout
    (project / "broken.py").unlink()
    (project / "dbt" / "models" / "orders.sql").unlink()
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    passed = commit(project)
    assert passed.returncode == 0
    assert passed.stdout.rstrip().endswith("Passed")


def test_only_what_is_committed_is_reported(project: Path) -> None:
    config = [".pre-commit-config.yaml", "clean.py"]
    subprocess.run(["git", "rm", "-q", "-r", "--cached", "."], cwd=project, check=True)
    subprocess.run(["git", "add", *config], cwd=project, check=True)
    passed = commit(project)
    assert passed.returncode == 0
    assert passed.stdout.rstrip().endswith("Passed")


def test_a_commit_without_files_for_it_runs_nothing(project: Path) -> None:
    subprocess.run(["git", "rm", "-q", "-r", "--cached", "."], cwd=project, check=True)
    subprocess.run(["git", "add", "notes.md"], cwd=project, check=True)
    assert "Skipped" in commit(project).stdout
