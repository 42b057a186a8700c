from __future__ import annotations

import re
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.facts import Facts
from dagway.rules.source.tree import EXAMPLES, ProjectTree

#: What systems set by themselves.
GIVEN = (
    r"HOME|PATH|PWD|USER|USERNAME|LOGNAME|SHELL|TMPDIR|TEMP|TMP|HOSTNAME|LANG|TZ|CI|VIRTUAL_ENV|PYTHONPATH|PORT"
    r"|DAGSTER_HOME|DAGSTER_IS_\w+|DAGSTER_CLOUD_\w+|DAGSTER_CURRENT_IMAGE|KUBERNETES_\w+|GITHUB_\w+|GITLAB_\w+|AWS_EXECUTION_ENV"
    r"|PYTEST_\w+|COVERAGE_\w+|XDG_\w+"
)
_LINE = re.compile(r"^\s*(?:#\s*)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=", re.MULTILINE)


@rule("env-undeclared", severity="warning")
def check(tree: ProjectTree, *, given: tuple[str, ...] = ()) -> Iterable[Problem]:
    """A variable that the project needs is written down nowhere.

    What
        An environment variable that code, a component's YAML or a dbt profile reads without a default, and that neither an
        `.env.example` nor a component's `requirements.env` names. Variables that systems set by themselves, reads that
        ask whether the variable is set, and programs that have nothing to do with Dagster, are left alone. `given` names more that need no mention. One finding for a variable.

    Why
        Whoever sets the project up on another machine learns of the variable only when something fails for want of it.

    Broken
        # file: defs/resources.py
        import dagster as dg

        token = dg.EnvVar("SLACK_BOT_TOKEN")

    Right
        # file: defs/resources.py
        import dagster as dg

        token = dg.EnvVar("SLACK_BOT_TOKEN")
        # file: .env.example
        SLACK_BOT_TOKEN=

    Source
        "Note any environment variables required"; "Required env vars documented in `component.yaml` under `requirements.env`".
    """
    known = {name for facts in tree.facts for name in facts.declared} | set(given)
    for path in tree.paths:
        if path.rpartition("/")[2] in EXAMPLES:
            text = (tree.root / path).read_text(encoding="utf-8", errors="replace")
            known.update(_LINE.findall(text))
    folders = {folder_of(facts.path) for facts in tree.facts if _imports_dagster(facts) and not facts.is_test}
    for facts in tree.facts:
        for variable in facts.variables if _is_of_project(facts, folders) else ():
            if variable.needed and variable.name not in known and not re.fullmatch(GIVEN, variable.name):
                known.add(variable.name)
                yield tree.problem(
                    facts.path,
                    variable.line,
                    variable.column,
                    f"nothing tells people to set {variable.name}",
                    f"Add a line `{variable.name}=` to .env.example",
                    variable.name,
                )


def _imports_dagster(facts: Facts) -> bool:
    return any(name.startswith(("dagster.", "dagster_")) or name == "dagster" for name in facts.imports)


def _is_of_project(facts: Facts, folders: set[str]) -> bool:
    """Whether Dagster's process may run the code: it lies in, or below, a folder with code that imports Dagster."""
    if facts.is_test or not facts.path.endswith(".py"):
        return not facts.is_test
    return any(folder == "" or f"{folder_of(facts.path)}/".startswith(f"{folder}/") for folder in folders)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]
