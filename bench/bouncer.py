"""The shape of dbt-bouncer's published benchmark: a dbt project of 5,000 models, and the checks that both tools have."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.page import Row, at_most_times
from bench.pipelines import Size, write
from bench.timing import Contestant, race

ROOT = Path(__file__).parents[1]
DAGWAY = str(Path(sys.executable).with_name("dagway"))
DBT = ROOT / ".venv-integrations" / "bin" / "dbt"
MODELS = 5000
#: So many of them dbt itself parses: all of them take it minutes, which say nothing of either checker.
PARSED = 250
#: What each says of hard-coded relations, its own way; dbt-bouncer reads dbt's manifest, Dagway the files.
OURS = "dbt-hardcoded-relation,secret-literal,env-undeclared"
THEIRS = """\
dbt_artifacts_dir: target
manifest_checks:
  - {name: check_model_hard_coded_references, severity: warn}
  - {name: check_model_description_populated, severity: warn}
  - {name: check_model_names, model_name_pattern: "^(stg|dim|exchange)_", severity: warn}
"""
PROFILES = 'shop: {target: dev, outputs: {dev: {type: duckdb, path: ":memory:"}}}\n'


class MissingError(Exception):
    """Something that the comparison needs is not to be had here."""


def rows(scratch: Path, rounds: int) -> Iterator[Row]:
    """The comparison, or nothing but the reason why there is none."""
    project = write(scratch / "models", Size(python=10, sql=MODELS, yaml=MODELS))
    try:
        bouncer = installed(scratch / "bouncer")
        parsed = write(scratch / "parsed", Size(python=10, sql=PARSED, yaml=PARSED)) / "dbt"
        parse(parsed)
    except MissingError as error:
        print(f"dbt-bouncer: skipped: {error}", file=sys.stderr, flush=True)
        return
    (project / "dbt" / "bouncer.yml").write_text(THEIRS)
    target = project / "dbt" / "target" / "manifest.json"
    target.parent.mkdir()
    manifest = json.loads((parsed / "target" / "manifest.json").read_text())
    target.write_text(json.dumps(repeated(manifest, MODELS // PARSED)))
    ours = Contestant(
        "`dagway check --no-load`, its rules of dbt",
        [DAGWAY, "check", "--no-load", "--no-cache", "--statistics", "--select", OURS],
        project,
        statuses=frozenset({0, 1}),
    )
    theirs = Contestant(
        f"`dbt-bouncer run`; its manifest, dbt's of {PARSED} models with each entry repeated, is not counted",
        [bouncer, "run", "--config-file", "bouncer.yml"],
        project / "dbt",
    )
    yield Row(
        f"a dbt project of {MODELS:,} models", at_most_times(1, "dbt-bouncer"), race([ours, theirs], rounds)
    )


def installed(folder: Path) -> str:
    """The command dbt-bouncer in an environment of its own."""
    setup([sys.executable, "-m", "venv", str(folder)], folder.parent, "no environment for it could be made")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "dbt-bouncer"]
    setup(pip, folder.parent, "it could not be installed")
    return str(folder / "bin" / "dbt-bouncer")


def parse(folder: Path) -> None:
    """Writes dbt's manifest, which dbt-bouncer reads."""
    if not DBT.exists():
        raise MissingError("there is no dbt: `make setup-integrations` installs it")
    (folder / "profiles.yml").write_text(PROFILES)
    setup([str(DBT), "parse", "--profiles-dir", "."], folder, "dbt does not parse the project")


def repeated(manifest: dict[str, Any], times: int) -> dict[str, Any]:
    """The manifest with each model, test and source so many times, under names of their own and tied to their own copies."""
    parts = {part: dict(manifest[part]) for part in ("nodes", "sources")}
    ties = {part: dict(manifest[part]) for part in ("parent_map", "child_map")}
    for number in range(1, times):
        for part, entries in parts.items():
            entries |= {f"{key}_{number}": copied(entry, number) for key, entry in manifest[part].items()}
        for part, tied in ties.items():
            tied |= {
                f"{key}_{number}": [f"{other}_{number}" for other in others]
                for key, others in manifest[part].items()
            }
    return {**manifest, **parts, **ties}


def copied(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """A copy of a manifest's entry, renamed."""
    changes = {name: f"{entry[name]}_{number}" for name in ("unique_id", "name")}
    if depends := entry.get("depends_on"):
        nodes = [f"{other}_{number}" for other in depends.get("nodes", ())]
        return entry | changes | {"depends_on": {**depends, "nodes": nodes}}
    return entry | changes


def setup(command: Sequence[str], folder: Path, otherwise: str) -> None:
    """Runs a command whose time does not count."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingError(f"{otherwise}: {(done.stderr or done.stdout).strip()[-300:]}")
