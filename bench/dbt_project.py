"""A Dagster project on a dbt project in the shape that dbt-bouncer publishes its benchmark with. The same number gives the same files.

Half of the models stage a table of a source each, a quarter joins two of these, a quarter two of those. Each has three columns
and two tests; there is a source for twenty models and a macro for fifteen. dbt's manifest is written as well: dbt
itself takes minutes for it, which say nothing of a checker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "shop"
TYPES = ("integer", "varchar", "date")
#: Models whose properties stand in one YAML file.
DOCUMENTED_TOGETHER = 50
SCHEMA = "https://schemas.getdbt.com/dbt/manifest/v12.json"
DEFINITIONS = f"""\
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

DBT = Path(__file__).parents[1] / "dbt"


@dbt_assets(manifest=DBT / "target" / "manifest.json")
def {PACKAGE}_models(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()


defs = dg.Definitions(assets=[{PACKAGE}_models], resources={{"dbt": DbtCliResource(project_dir=DBT)}})
"""


PYPROJECT = f"""\
[project]
name = "{PACKAGE}"
version = "1.0"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{PACKAGE}"
"""


@dataclass(frozen=True)
class Model:
    """One model: its layer is its folder; `parents` are what it reads, a source's table in the first layer."""

    layer: str
    name: str
    parents: tuple[str, ...]

    @property
    def path(self) -> str:
        """Below the folder of models."""
        return f"{self.layer}/{self.name}.sql"

    @property
    def is_staging(self) -> bool:
        return self.layer.startswith("staging")

    @property
    def materialized(self) -> str:
        return "view" if self.is_staging else "ephemeral" if self.layer == "intermediate" else "table"

    @property
    def sql(self) -> str:
        if self.is_staging:
            source, table = self.parents[0].split(".")
            return f"select col_0, col_1, col_2\nfrom {{{{ source('{source}', '{table}') }}}}\n"
        left, right = self.parents
        return (
            "with lefts as (\n    select col_0, col_1 from {{ ref('" + left + "') }}\n),\n\n"
            "rights as (\n    select col_0, col_2 from {{ ref('" + right + "') }}\n)\n\n"
            "select lefts.col_0, lefts.col_1, rights.col_2\nfrom lefts\nleft join rights on lefts.col_0 = rights.col_0\n"
        )

    @property
    def properties(self) -> str:
        """Its entry in a YAML file."""
        columns = "".join(
            f"      - name: col_{at}\n        description: Column {at} of {self.name}.\n        data_type: {kind}\n"
            + ("        data_tests: [unique, not_null]\n" if at == 0 else "")
            for at, kind in enumerate(TYPES)
        )
        return (
            f"  - name: {self.name}\n    description: What {self.name} holds.\n"
            f"    config: {{materialized: {self.materialized}, meta: {{owner: data-team, maturity: high}}}}\n"
            f"    columns:\n{columns}"
        )


def models(count: int) -> list[Model]:
    """So many models, from the sources on; a multiple of four."""
    staged = [
        Model(f"staging/{area}", f"stg_{area}_{number}", (table(number % sources(count)),))
        for number in range(count // 2)
        for area in ("crm" if number % 2 else "payments",)
    ]
    joined = [Model("intermediate", f"int_{number}", pair(staged, number)) for number in range(count // 4)]
    last = [
        Model("marts/finance", f"{'fct' if number % 2 else 'dim'}_{number}", pair(joined, number))
        for number in range(count // 4)
    ]
    return [*staged, *joined, *last]


def pair(models: list[Model], number: int) -> tuple[str, str]:
    return tuple(models[(number * 2 + at) % len(models)].name for at in (0, 1))  # pyright: ignore[reportReturnType]


def sources(count: int) -> int:
    return max(10, count // 20)


def table(number: int) -> str:
    """A source and its table; each source has ten."""
    return f"source_{number // 10}.table_{number}"


def write(folder: Path, count: int) -> Path:
    """Write the project with so many models into the folder, and give the folder back."""
    found = models(count)
    texts = {
        "pyproject.toml": PYPROJECT,
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/defs/__init__.py": "",
        f"{PACKAGE}/definitions.py": DEFINITIONS,
        "dbt/dbt_project.yml": f"name: {PACKAGE}\nversion: '1.0'\nprofile: {PACKAGE}\nmodel-paths: [models]\n",
        "dbt/profiles.yml": f'{PACKAGE}: {{target: dev, outputs: {{dev: {{type: duckdb, path: ":memory:"}}}}}}\n',
        "dbt/models/staging/sources.yml": source_properties(count),
        "dbt/target/manifest.json": json.dumps(manifest(count)),
    }
    texts |= {f"dbt/models/{model.path}": model.sql for model in found}
    texts |= {f"dbt/macros/macro_{number}.sql": macro(number) for number in range(count // 15)}
    for first in range(0, count, DOCUMENTED_TOGETHER):
        several = found[first : first + DOCUMENTED_TOGETHER]
        entries = "".join(model.properties for model in several)
        texts[f"dbt/models/{several[0].layer}/models_{first}.yml"] = f"version: 2\n\nmodels:\n{entries}"
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def macro(number: int) -> str:
    return f"{{% macro macro_{number}(x) %}}\n    coalesce({{{{ x }}}}, {number})\n{{% endmacro %}}\n"


def source_properties(count: int) -> str:
    """The YAML of all sources."""
    listed: dict[str, list[str]] = {}
    for number in range(sources(count)):
        source, name = table(number).split(".")
        listed.setdefault(source, []).append(f"      - {{name: {name}, description: A table of {source}.}}\n")
    entries = "".join(f"  - name: {name}\n    tables:\n{''.join(lines)}" for name, lines in listed.items())
    return f"version: 2\n\nsources:\n{entries}"


def manifest(count: int) -> dict[str, Any]:
    """What dbt would write of it, as far as Dagster and dbt-bouncer read it."""
    found = models(count)
    nodes = {node["unique_id"]: node for model in found for node in (model_node(model), *test_nodes(model))}
    tables = {node["unique_id"]: node for node in map(source_node, range(sources(count)))}
    parents: dict[str, list[str]] = {name: node["depends_on"]["nodes"] for name, node in nodes.items()}
    parents |= {name: [] for name in tables}
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, above in parents.items():
        for parent in above:
            children[parent].append(name)
    return {
        "metadata": {
            "dbt_schema_version": SCHEMA,
            "dbt_version": "1.11.0",
            "project_name": PACKAGE,
            "adapter_type": "duckdb",
        },
        "nodes": nodes,
        "sources": tables,
        "macros": {node["unique_id"]: node for node in map(macro_node, range(count // 15))},
        "parent_map": parents,
        "child_map": children,
        **{part: {} for part in EMPTY},
    }


EMPTY = (
    "docs",
    "exposures",
    "metrics",
    "groups",
    "selectors",
    "disabled",
    "group_map",
    "saved_queries",
    "semantic_models",
    "unit_tests",
)


def model_node(model: Model) -> dict[str, Any]:
    meta = {"owner": "data-team", "maturity": "high"}
    config: dict[str, Any] = {
        "materialized": model.materialized,
        "enabled": True,
        "meta": meta,
        "tags": [],
        "access": "protected",
    }
    return {
        **_node("model", model.name, model.path, "models"),
        "unique_id": _id("model", model.name),
        "schema": model.layer.replace("/", "_"),
        "alias": model.name,
        "relation_name": f'"warehouse"."{model.name}"',
        "description": f"What {model.name} holds.",
        "columns": columns(f" of {model.name}"),
        "config": config,
        "meta": meta,
        "access": "protected",
        "language": "sql",
        "raw_code": model.sql,
        "depends_on": {"macros": [], "nodes": list(_above(model))},
        "refs": []
        if model.is_staging
        else [{"name": name, "package": None, "version": None} for name in model.parents],
        "sources": [model.parents[0].split(".")] if model.is_staging else [],
        "patch_path": f"{PACKAGE}://models/{model.layer}/models.yml",
        "constraints": [],
        "contract": {"enforced": False, "alias_types": True},
        "version": None,
        "latest_version": None,
    }


def test_nodes(model: Model) -> Iterator[dict[str, Any]]:
    """A test that the first column is unique and one that it is there."""
    for kind in ("unique", "not_null"):
        name = f"{kind}_{model.name}_col_0"
        yield {
            **_node("test", name, f"{name}.sql", "models"),
            "unique_id": _id("test", name),
            "schema": "tests",
            "alias": name,
            "attached_node": _id("model", model.name),
            "column_name": "col_0",
            "config": {"materialized": "test", "severity": "ERROR", "enabled": True, "meta": {}, "tags": []},
            "meta": {},
            "raw_code": "",
            "refs": [{"name": model.name, "package": None, "version": None}],
            "sources": [],
            "test_metadata": {"name": kind, "kwargs": {"column_name": "col_0"}, "namespace": None},
            "depends_on": {"macros": [], "nodes": [_id("model", model.name)]},
        }


def source_node(number: int) -> dict[str, Any]:
    source, name = table(number).split(".")
    return {
        **_node("source", name, "staging/sources.yml", "models"),
        "unique_id": _id("source", f"{source}.{name}"),
        "schema": source,
        "source_name": source,
        "identifier": name,
        "source_description": "",
        "loader": "",
        "relation_name": f'"warehouse"."{source}"."{name}"',
        "description": f"A table of {source}.",
        "columns": {},
        "config": {"enabled": True},
        "meta": {},
    }


def macro_node(number: int) -> dict[str, Any]:
    name = f"macro_{number}"
    return {
        **_node("macro", name, f"{name}.sql", "macros"),
        "unique_id": _id("macro", name),
        "macro_sql": macro(number),
        "description": f"Takes {number} for nothing.",
        "arguments": [{"name": "x", "type": None, "description": "A column."}],
        "depends_on": {"macros": []},
        "meta": {},
    }


def columns(of: str) -> dict[str, Any]:
    return {
        f"col_{at}": {
            "name": f"col_{at}",
            "description": f"Column {at}{of}.",
            "data_type": kind,
            "meta": {},
            "tags": [],
            "constraints": [],
        }
        for at, kind in enumerate(TYPES)
    }


def _node(kind: str, name: str, path: str, folder: str) -> dict[str, Any]:
    """What entries of all kinds have."""
    return {
        "resource_type": kind,
        "name": name,
        "package_name": PACKAGE,
        "path": path,
        "original_file_path": f"{folder}/{path}",
        "fqn": [PACKAGE, *path.removesuffix(".sql").split("/")],
        "database": "warehouse",
        "tags": [],
    }


def _id(kind: str, name: str) -> str:
    return f"{kind}.{PACKAGE}.{name}"


def _above(model: Model) -> Iterator[str]:
    return (_id("source" if model.is_staging else "model", name) for name in model.parents)
