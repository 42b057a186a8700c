"""Projects of many SQL components, and how long one takes to load: `python -m bench.component_project FOLDER`."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path

CONNECTION = '''\
"""A connection that nothing is run on: only loading is measured."""

from dataclasses import dataclass

import dagster as dg
from dagster.components.lib.sql_component.sql_client import SQLClient


@dataclass
class Nowhere(dg.Component, dg.Resolvable, SQLClient):
    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return dg.Definitions()

    def connect_and_execute(self, sql: str) -> None:
        raise NotImplementedError
'''
PROJECT = """\
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "{package}"
"""
QUERY = "select id, {number} as number, sum(amount) as amount from staging.m0000 group by id"
OURS = """\
type: dagway.components.SqlModel
attributes:
  key: marts/m{number:04}
  sql_file: query.sql
  description: The table of number {number}.
  owners: [team:data]
  tags: {{domain: sales}}
"""
DAGSTERS = """\
type: dagster.TemplatedSqlComponent
attributes:
  sql_template:
    path: query.sql
  connection: "{{{{ load_component_at_path('connection') }}}}"
  execution:
    name: m{number:04}
  assets:
    - key: marts/m{number:04}
      group_name: marts
      deps: [staging/m0000]
      kinds: [sql]
      description: The table of number {number}.
      owners: [team:data]
      tags: {{domain: sales}}
"""


def write(folder: Path, package: str, document: str, count: int) -> Path:
    """A project of so many components, each with its query in a file."""
    place = folder / package
    defs = place / package / "defs"
    for number in range(count):
        one = defs / "marts" / f"m{number:04}"
        one.mkdir(parents=True)
        (one / "defs.yaml").write_text(document.format(number=number))
        (one / "query.sql").write_text(QUERY.format(number=number))
    (defs / "connection").mkdir()
    (defs / "connection" / "defs.yaml").write_text(f"type: {package}.connection.Nowhere\n")
    (place / package / "connection.py").write_text(CONNECTION)
    (place / package / "__init__.py").write_text("")
    (defs / "__init__.py").write_text("")
    (place / "pyproject.toml").write_text(PROJECT.format(package=package))
    return place


def load(folder: Path) -> int:
    """Load a project as Dagster does, until every asset is known; gives how many there are."""
    import dagster as dg

    sys.path.insert(0, str(folder))
    resources = {"warehouse": dg.ResourceDefinition.none_resource()}
    defs = dg.load_from_defs_folder(path_within_project=folder)
    merged = dg.Definitions.merge(defs, dg.Definitions(resources=resources))
    return len(merged.resolve_asset_graph().materializable_asset_keys)


if __name__ == "__main__":
    # Both need it.
    import_module("dagster.components")
    began = time.perf_counter()
    assets = load(Path(sys.argv[1]))
    print(f"{assets} assets, {time.perf_counter() - began:.3f} s")
