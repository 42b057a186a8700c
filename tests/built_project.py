"""A built project in miniature: components in a defs folder, a DuckDB warehouse, and runs in this process."""

# Dagster and pyarrow leave parts of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from dagway.components.warehouse import DuckDBWarehouse, Warehouse

_NUMBERS = count()


@dataclass
class Built:
    """A project on disk; `package` is unique, so that projects of several tests do not meet in `sys.modules`."""

    root: Path
    package: str
    resources: dict[str, Any]

    @property
    def warehouse(self) -> Warehouse:
        return self.resources["warehouse"]

    def write(self, path: str, text: str) -> None:
        file = self.root / path.replace("PACKAGE", self.package)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def component(self, folder: str, kind: str, attributes: Mapping[str, Any]) -> None:
        document = {"type": f"dagway.components.{kind}", "attributes": dict(attributes)}
        self.write(f"PACKAGE/defs/{folder}/defs.yaml", yaml.safe_dump(document, sort_keys=False))

    def model(self, key: str, sql: str, **attributes: Any) -> None:
        name = key.rpartition("/")[2]
        self.write(f"PACKAGE/defs/{key}/{name}.sql", sql)
        self.component(key, "SqlModel", {"key": key, "sql_file": f"{name}.sql", **attributes})

    def load(self) -> dg.Definitions:
        defs = dg.load_from_defs_folder(path_within_project=self.root)
        return dg.Definitions.merge(defs, dg.Definitions(resources=self.resources))

    def run(
        self,
        selection: str = "*",
        *,
        instance: dg.DagsterInstance | None = None,
        partitions: tuple[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Materialize the selection in this process; `partitions` is a range, both ends included."""
        name = f"job_{next(_NUMBERS)}"
        job = dg.define_asset_job(name, dg.AssetSelection.from_string(selection))
        defs = dg.Definitions.merge(self.load(), dg.Definitions(jobs=[job]))
        tags = {}
        if partitions:
            tags = {
                "dagster/asset_partition_range_start": partitions[0],
                "dagster/asset_partition_range_end": partitions[1],
            }
        resolved = defs.resolve_job_def(name)
        return resolved.execute_in_process(instance=instance, tags=tags, raise_on_error=False)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.session() as session:
            return session.rows(sql)


def metadata(result: dg.ExecuteInProcessResult, key: str) -> dict[str, Any]:
    """The values of an asset's materialization."""
    event = next(
        event
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(key.split("/"))
    )
    return {name: value.value for name, value in event.materialization.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What the first failed step says."""
    event = next(event for event in result.all_events if event.is_step_failure)
    error = event.step_failure_data.error
    assert error is not None
    cause = error.cause
    return error.message + (cause.message if cause else "")


def check_results(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}


@dataclass(frozen=True)
class Read:
    """What tests read of a run."""

    metadata = staticmethod(metadata)
    failure = staticmethod(failure)
    checks = staticmethod(check_results)


@pytest.fixture
def read() -> Read:
    return Read()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    package = f"project_{next(_NUMBERS)}"
    root = tmp_path / "project"
    resources: dict[str, Any] = {"warehouse": DuckDBWarehouse(database=str(root / "data/warehouse.duckdb"))}
    built = Built(root, package, resources)
    built.write(
        "pyproject.toml",
        f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{package}"\n',
    )
    built.write("PACKAGE/__init__.py", "")
    built.write("PACKAGE/defs/__init__.py", "")
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.delenv("DAGWAY_DEMO", raising=False)
    monkeypatch.delenv("DAGWAY_ENVIRONMENT", raising=False)
    yield built
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
