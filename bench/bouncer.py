"""dbt-bouncer's published shape of benchmark, a dbt project of 5,000 models, with the checks that both tools have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.dbt_project import write
from bench.page import Goal, Row, at_most_times
from bench.timing import Contestant, race

ROOT = Path(__file__).parents[1]
DAGWAY = str(Path(sys.executable).with_name("dagway"))
#: The environment that has dagster-dbt.
INTEGRATIONS = ROOT / ".venv-integrations" / "bin"
MODELS = 5000
#: What each says of hard-coded relations, its own way; dbt-bouncer reads dbt's manifest, Dagway the files.
OURS = "dbt-hardcoded-relation,secret-literal,env-undeclared"
THEIRS = """\
dbt_artifacts_dir: target
manifest_checks:
  - {name: check_model_hard_coded_references, severity: warn}
  - {name: check_model_description_populated, severity: warn}
  - {name: check_model_names, model_name_pattern: "^(stg|int|fct|dim)_", severity: warn}
"""
#: Nothing to report, or findings.
CHECKED = frozenset({0, 1})


class MissingError(Exception):
    """Something that a comparison needs is not to be had here."""


def rows(scratch: Path, rounds: int, models: int = MODELS) -> Iterator[Row]:
    """The text beside dbt-bouncer, the definitions beside `dg`. What is not to be had here is told, with the reason."""
    project = write(scratch / "models", models)
    ours = Contestant(
        "`dagway check --no-load`, its rules of dbt",
        [DAGWAY, "check", "--no-load", "--no-cache", "--statistics", "--select", OURS],
        project,
        statuses=CHECKED,
    )
    contestants, goal = [ours], Goal("", lambda figures: True)
    try:
        contestants.append(bouncer(scratch / "bouncer", project / "dbt"))
        goal = at_most_times(1, "dbt-bouncer")
    except MissingError as error:
        skipped("dbt-bouncer", error)
    yield Row(f"text of a dbt project, {models:,} models", goal, race(contestants, rounds))
    try:
        contestants = whole(project)
    except MissingError as error:
        skipped("definitions on dbt", error)
        return
    yield Row(f"whole check, {models:,} dbt models", at_most_times(0.8, "`dg`"), race(contestants, rounds))


def skipped(what: str, why: MissingError) -> None:
    print(f"{what}: skipped: {why}", file=sys.stderr, flush=True)


def bouncer(environment: Path, dbt: Path) -> Contestant:
    """dbt-bouncer on the manifest, in an environment of its own."""
    setup([sys.executable, "-m", "venv", str(environment)], dbt, "no environment for it could be made")
    python = environment / "bin" / "python"
    setup([str(python), "-m", "pip", "install", "--quiet", "dbt-bouncer"], dbt, "it could not be installed")
    (dbt / "bouncer.yml").write_text(THEIRS)
    command = [str(environment / "bin" / "dbt-bouncer"), "run", "--config-file", "bouncer.yml"]
    setup(command, dbt, "it does not run on the project")
    return Contestant("`dbt-bouncer run`, which reads dbt's manifest", command, dbt)


def whole(project: Path) -> list[Contestant]:
    """All rules on text and definitions, with Dagster's own integration of dbt, and dg's check of the definitions."""
    if not (INTEGRATIONS / "dbt").exists():
        raise MissingError("there is no dbt: `make setup-integrations` installs it")
    dagway, dg = str(INTEGRATIONS / "dagway"), str(INTEGRATIONS / "dg")
    # Dagster's resource looks for the program dbt, and does not run it.
    found = {"PATH": f"{INTEGRATIONS}{os.pathsep}{os.environ['PATH']}"}
    checked = [dagway, "check", "--preset", "strict", "--statistics", "--no-cache"]
    return [
        Contestant("`dagway check`", checked, project, environment=found, statuses=CHECKED),
        Contestant("`dg check defs`", [dg, "check", "defs"], project, environment=found),
    ]


def setup(command: Sequence[str], folder: Path, otherwise: str) -> None:
    """Runs a command whose time does not count."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingError(f"{otherwise}: {(done.stderr or done.stdout).strip()[-300:]}")
