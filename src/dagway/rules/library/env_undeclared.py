from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.environment import Variable
from dagway.rules.source.facts import Facts
from dagway.rules.source.mentions import mentioned
from dagway.rules.source.tree import ProjectTree

#: What systems set by themselves.
GIVEN = (
    r"HOME|PATH|PWD|USER|USERNAME|LOGNAME|SHELL|TMPDIR|TEMP|TMP|HOSTNAME|LANG|TZ|CI|VIRTUAL_ENV|PYTHONPATH|PORT"
    r"|DAGSTER_HOME|DAGSTER_IS_\w+|DAGSTER_CLOUD_\w+|DAGSTER_CURRENT_IMAGE|KUBERNETES_\w+|GITHUB_\w+|GITLAB_\w+|AWS_EXECUTION_ENV"
    r"|PYTEST_\w+|COVERAGE_\w+|XDG_\w+"
)
#: What runs a file that imports one of these and not Dagster.
OTHER_ORCHESTRATORS = frozenset({"airflow", "cosmos", "prefect"})


@rule("env-undeclared", severity="warning")
def check(
    tree: ProjectTree, *, given: tuple[str, ...] = (), only_examples: bool = False
) -> Iterable[Problem]:
    """A variable that the project needs is written down nowhere.

    What
        An environment variable that code, a component's YAML or a dbt profile reads without a default, and that is written down
        nowhere: an `.env.example` does it, or a component's `requirements.env`. So do a page of documentation and what sets
        variables, such as a Dockerfile or a compose file, here or elsewhere in the repository: of 126 findings on real projects
        that left these out, 60 were about variables that people are told of there. With `only_examples = true` nothing but the
        first two counts. Variables that systems set by themselves, reads that ask whether the variable is set, and programs that
        have nothing to do with Dagster, are left alone. `given` names more that need no mention. One finding for a variable.

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
    needed: dict[str, tuple[Facts, Variable]] = {}
    for facts, variable in _needed(tree):
        if variable.name not in known and not re.fullmatch(GIVEN, variable.name):
            needed.setdefault(variable.name, (facts, variable))
    for name in mentioned(tree.root, needed, only_examples=only_examples):
        del needed[name]
    lacking = (
        "neither .env.example nor requirements.env names" if only_examples else "nothing tells people to set"
    )
    for name, (facts, variable) in needed.items():
        message, remedy = f"{lacking} {name}", f"Add a line `{name}=` to .env.example"
        yield tree.problem(facts.path, variable.line, variable.column, message, remedy, name)


def _needed(tree: ProjectTree) -> Iterator[tuple[Facts, Variable]]:
    folders = {folder_of(facts.path) for facts in tree.facts if _imports_dagster(facts) and not facts.is_test}
    for facts in tree.facts:
        if _is_of_project(facts, folders):
            yield from ((facts, variable) for variable in facts.variables if variable.needed)


def _imports_dagster(facts: Facts) -> bool:
    return any(name.startswith(("dagster.", "dagster_")) or name == "dagster" for name in facts.imports)


def _is_of_project(facts: Facts, folders: set[str]) -> bool:
    """Whether Dagster's process may run the code: it lies in, or below, a folder with code that imports Dagster."""
    if facts.is_test or not facts.path.endswith(".py"):
        return not facts.is_test
    if any(name.partition(".")[0] in OTHER_ORCHESTRATORS for name in facts.imports) and not _imports_dagster(
        facts
    ):
        return False
    return any(folder == "" or f"{folder_of(facts.path)}/".startswith(f"{folder}/") for folder in folders)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]
