"""A blueprint as the files of a Dagster project: nothing is written here, and nothing runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dagway.blueprint.load import LoadedBlueprint
from dagway.errors import DagwayError
from dagway.prototype.build import assets, project
from dagway.prototype.build.data import copied_data
from dagway.prototype.build.documents import Document, asset_folder, documents
from dagway.prototype.build.environments import Settings, merge
from dagway.prototype.build.files import Copy, Files, header
from dagway.prototype.build.modules import Function, functions, in_package, module_path, python_files
from dagway.prototype.build.readme import readme_md
from dagway.prototype.build.resources import resources_py
from dagway.prototype.build.scaffold import with_skeletons
from dagway.prototype.build.suite import suite
from dagway.prototype.build.yaml_source import defs_yaml, dump
from dagway.prototype.model import Plan

_Named = Iterator[tuple[str, bytes | Copy]]
_ONLY_RESOURCES = {"warehouse"}
"""What an environment may overlay without a change to any component: only `resources.py` follows it."""


@dataclass(frozen=True)
class _Project:
    loaded: LoadedBlueprint
    plan: Plan
    user_files: Mapping[str, str]
    functions: Mapping[str, Function]


def render(loaded: LoadedBlueprint, planned: Plan | None = None) -> Files:
    """Every file of the project, by its path relative to the project's root.

    Args:
        planned: the plan of the blueprint as it stands, where the caller has it already.

    Raises:
        DagwayError: two lines need the same file, or an environment changes what cannot differ.
    """
    planned = planned or _plan(loaded, None)
    user_files = with_skeletons(python_files(loaded), loaded.blueprint, planned)
    made = _Project(loaded, planned, user_files, functions(user_files, planned.name))
    found: dict[str, bytes | Copy] = {}
    for part in (
        _root(made),
        _package(made),
        _definitions(made),
        suite(loaded, planned, made.functions),
        copied_data(loaded),
    ):
        for path, content in part:
            if path in found and found[path] != content:
                raise DagwayError(
                    f"Two lines of {loaded.path.name} need the file {path}.", "Rename one of them."
                )
            found[path] = content
    return found


def _plan(loaded: LoadedBlueprint, environment: str | None) -> Plan:
    from dagway.prototype.plan import plan

    return plan(loaded, environment)


def _root(made: _Project) -> _Named:
    yield "pyproject.toml", project.pyproject_toml(made.loaded, made.plan, made.user_files)
    yield "README.md", readme_md(made.loaded, made.plan)
    yield "plan.json", (json.dumps(made.plan.to_json(), indent=2, ensure_ascii=False) + "\n").encode()
    yield ".env.example", project.env_example(made.plan)
    yield ".gitignore", project.gitignore(made.plan)
    yield ".pre-commit-config.yaml", project.pre_commit()


def _package(made: _Project) -> _Named:
    name = made.plan.name
    yield f"{name}/__init__.py", f'"""{made.plan.name}: see README.md."""\n'.encode()
    yield f"{name}/definitions.py", project.definitions_py(made.plan)
    components = f'"""The team\'s own components: `dg list components` shows what is defined here.\n\n{header("name")}\n"""\n'
    yield f"{name}/components/__init__.py", components.encode()
    yield f"{name}/defs/__init__.py", f'"""What the project defines.\n\n{header("name")}\n"""\n'.encode()
    yield f"{name}/defs/resources.py", resources_py(made.loaded, made.plan, made.functions)
    for file, text in made.user_files.items():
        yield f"{name}/{module_path(file)}", in_package(text, file, name, made.user_files).encode()


def _definitions(made: _Project) -> _Named:
    base = f"{made.plan.name}/defs"
    plans = _plans(made)
    merged, settings = merge(*_all_documents(made, plans))
    if any(
        asset.automation.kind == "condition" for plan in (made.plan, *plans.values()) for asset in plan.assets
    ):
        yield f"{base}/automation.py", project.automation_py()
    for item in merged:
        yield f"{base}/{item.folder}/defs.yaml", defs_yaml(item.origin, item.components)
        for name, text in item.files:
            yield f"{base}/{item.folder}/{name}", text.encode()
    if settings:
        yield f"{made.plan.name}/environments.yaml", _settings(settings)
    yield from ((f"{base}/{path}", content) for path, content in _python(made))


def _plans(made: _Project) -> dict[str, Plan]:
    """The plan of each environment that changes a component."""
    overlays = made.loaded.blueprint.environments
    return {
        name: _plan(made.loaded, name)
        for name, overlay in overlays.items()
        if overlay and not _ONLY_RESOURCES.issuperset(overlay)
    }


def _all_documents(
    made: _Project, plans: Mapping[str, Plan]
) -> tuple[list[Document], dict[str, list[Document]]]:
    loaded = made.loaded
    others = {
        name: list(documents(loaded, loaded.in_environment(name), planned)) for name, planned in plans.items()
    }
    return list(documents(loaded, loaded.blueprint, made.plan)), others


def _settings(settings: Settings) -> bytes:
    comment = f"# {header('environments')}\n# A setting's value in each environment; `default` is the blueprint as it stands.\n"
    return comment.encode() + dump(settings)


def _python(made: _Project) -> _Named:
    """Python is one for all environments: the plan refuses what would differ."""
    blueprint, planned = made.loaded.blueprint, made.plan
    for asset in planned.assets:
        if asset.python:
            function = _function(made, asset.python)
            yield f"{asset_folder(asset.key)}.py", assets.python_asset(planned, blueprint, asset, function)
        for check in asset.checks:
            if check.kind == "python":
                yield assets.python_check(planned, asset, check, _function(made, str(check.value)))
    for sensor in planned.sensors:
        if sensor.kind == "python":
            yield (
                f"sensors/{sensor.name}.py",
                assets.python_sensor(planned, sensor, _function(made, sensor.what)),
            )


def _function(made: _Project, reference: str) -> Function:
    if reference not in made.functions:
        raise DagwayError(
            f"{reference} is no function that its file defines.",
            "Define it there with `def`, so that its parameters can be read.",
        )
    return made.functions[reference]
