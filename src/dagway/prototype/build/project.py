"""The files at a project's root that are not code: metadata, variables, what git leaves out, hooks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from dagway.blueprint.load import LoadedBlueprint
from dagway.catalog import catalog
from dagway.prototype.build.files import header
from dagway.prototype.build.modules import tree
from dagway.prototype.build.python_source import docstring, quoted
from dagway.prototype.build.resources import DEMO_DATABASE, DEMO_VARIABLE
from dagway.prototype.model import Plan, Variable
from dagway.prototype.planning.demo import is_demo_duckdb

_OBJECTS = ("s3", "gcs", "azure")
_EXTRAS = frozenset({"postgres", "snowflake", "hightouch", "census"})
_PACKAGES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
_DAGSTER = ">=1.12.6,<1.14"


def pyproject_toml(loaded: LoadedBlueprint, plan: Plan, user_files: Mapping[str, str]) -> bytes:
    """Metadata and the tools' settings, with the keys that `create-dagster` writes."""
    name = plan.name
    dependencies = "".join(f"    {quoted(item)},\n" for item in _dependencies(loaded, user_files))
    return f'''# {header("name, description")}
[project]
name = {quoted(name)}
description = {quoted(" ".join(plan.description.split()))}
requires-python = ">=3.11,<3.14"
version = "0.1.0"
dependencies = [
{dependencies}]

[dependency-groups]
dev = [
    "basedpyright",
    "dagster-dg-cli{_DAGSTER}",
    "dagster-webserver{_DAGSTER}",
    "dagway[demo]",
    "pandas-stubs",
    "pre-commit",
    "pytest>=8",
    "ruff",
]

# Where Dagway comes from: no public package index has it, and what has its name there is not it. For an environment of
# the project's own, take the hashes from the next two lines and say where yours is: a folder, or {{ git = "…", rev = "…" }}.
# [tool.uv.sources]
# dagway = {{ path = "../dagway", editable = true }}

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = [{quoted(name)}]
force-include = {{ "pyproject.toml" = "pyproject.toml" }}

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = {quoted(name)}
registry_modules = [
    "{name}.components.*",
]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]

[tool.ruff]
line-length = 110
target-version = "py311"

[tool.ruff.lint]
select = ["E", "F", "W", "I", "B", "UP"]
ignore = ["E501"]

[tool.pyright]
include = [{quoted(name)}, "tests"]
pythonVersion = "3.11"
typeCheckingMode = "standard"
'''.encode()


def _dependencies(loaded: LoadedBlueprint, user_files: Mapping[str, str]) -> list[str]:
    extras = _extras(loaded)
    packages = {f"dagster{_DAGSTER}", f"dagway[{','.join(extras)}]" if extras else "dagway", "pandas"}
    warehouses = {item.warehouse.integration for item in (loaded.blueprint, *loaded.environments.values())}
    if "duckdb" in warehouses or is_demo_duckdb(loaded.blueprint):
        packages.add("dagster-duckdb-pandas")
    if "snowflake" in warehouses:
        packages.add("dagster-snowflake-pandas")
    packages |= set(third_party(user_files)) - {item.partition(">")[0] for item in packages}
    return sorted(packages)


def _extras(loaded: LoadedBlueprint) -> list[str]:
    used: set[str] = set()
    for blueprint in (loaded.blueprint, *loaded.environments.values()):
        lines = (blueprint.warehouse, *blueprint.sources.values(), *blueprint.exports.values())
        used |= {found.name for line in lines if (found := catalog().get(line.integration))}
    extras = {"objects"} if used.intersection(_OBJECTS) else set[str]()
    return sorted(extras | (used & _EXTRAS))


def third_party(files: Mapping[str, str]) -> Iterable[str]:
    """Packages that the user's files import, by the names under which they are installed."""
    import ast

    beside = {file.rpartition("/")[2].removesuffix(".py") for file in files} | {"dagway", "dagster"}
    roots: set[str] = set()
    for name, text in files.items():
        for node in ast.walk(tree(text, name)):
            if isinstance(node, ast.Import):
                roots |= {item.name.split(".")[0] for item in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.split(".")[0])
    wanted = roots - sys.stdlib_module_names - beside
    return sorted(_PACKAGES.get(root, root.replace("_", "-")) for root in wanted)


def env_example(plan: Plan) -> bytes:
    """Every variable with what it is for. A secret has no value here."""
    blocks = [
        f"# {header('every env call')}\n# Copy this file to .env and fill it in. Never commit .env.",
        "# 1 runs on demo data and simulators: no credential, no network.\nDAGWAY_DEMO=",
        "# Which environment of the blueprint; its values as they stand if empty.\nDAGWAY_ENVIRONMENT=",
        f"# Demo mode's own database, from the project's root.\n{DEMO_VARIABLE}={DEMO_DATABASE}",
        *(_variable(item) for item in plan.variables),
        *_alert_variables(plan),
    ]
    return ("\n\n".join(blocks) + "\n").encode()


def _variable(item: Variable) -> str:
    kind = "Secret. " if item.secret else ""
    shown = "" if item.secret else item.default or ""
    return f"# {kind}Used by {', '.join(item.used_by)}.\n{item.name}={shown}"


def _alert_variables(plan: Plan) -> list[str]:
    names = [alert.name for alert in plan.alerts if alert.slack]
    known = {item.name for item in plan.variables}
    if not names or known.intersection({"SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL"}):
        return []
    used = ", ".join(f"alerts.{name}" for name in names)
    return [
        f"# Secret. The token of the Slack app that posts. Used by {used}.\nSLACK_BOT_TOKEN=",
        f"# Secret. Instead of the token: an incoming webhook. Used by {used}.\nSLACK_WEBHOOK_URL=",
    ]


def gitignore(plan: Plan) -> bytes:
    """What git leaves out: environments, caches, databases, what a run leaves behind."""
    return f"""# {header("name")}
.env
.venv/
__pycache__/
.pytest_cache/
.ruff_cache/
.dg/
.dagway/home/
.dagway/lock
.dagway/pending/
*.duckdb
*.duckdb.wal
""".encode()


def pre_commit() -> bytes:
    """The hooks, from the project's own environment: the same versions as its tests use."""
    return f"""# {header("name")}
repos:
  - repo: local
    hooks:
      - id: ruff-check
        name: ruff check
        entry: ruff check --fix
        language: system
        types: [python]
      - id: ruff-format
        name: ruff format
        entry: ruff format
        language: system
        types: [python]
""".encode()


def definitions_py(plan: Plan) -> bytes:
    """The entry point: it loads the defs folder."""
    title = docstring(f"{plan.description or plan.name}\n\n{header('name')}")
    return f'''{title}

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Everything in the `defs` folder."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
'''.encode()


def automation_py() -> bytes:
    """The sensor that evaluates the conditions, started by itself: Dagster's own waits for somebody to start it."""
    title = docstring(f"What makes assets follow their automation conditions.\n\n{header('assets')}")
    return f'''{title}

import dagster as dg
from dagway.components import environment


@dg.definitions
def automation() -> dg.Definitions:
    """The sensor that evaluates every condition; it runs once the project is deployed, in demo mode it does not."""
    status = dg.DefaultSensorStatus.STOPPED if environment.is_demo() else dg.DefaultSensorStatus.RUNNING
    sensor = dg.AutomationConditionSensorDefinition(
        "default_automation_condition_sensor", target=dg.AssetSelection.all(), default_status=status
    )
    return dg.Definitions(sensors=[sensor])
'''.encode()
