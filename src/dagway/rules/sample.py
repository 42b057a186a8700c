"""A small project with a bit of everything: what a load does for the first time only, the image has done by loading it."""

from __future__ import annotations

import tempfile
from pathlib import Path

_PACKAGE = "dagway_sample_project"
_PYTHON = '''\
"""Assets, checks, resources, automation."""

from datetime import timedelta

import dagster as dg

days = dg.DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")


class Service(dg.ConfigurableResource):
    """What answers."""

    url: str = "x"
    token: str | None = None


class Settings(dg.Config):
    rows: int = 1


@dg.asset(
    kinds={"python"},
    owners=["team:data"],
    group_name="sample",
    tags={"a": "b"},
    partitions_def=days,
    automation_condition=dg.AutomationCondition.on_cron("0 3 * * *"),
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=1)),
    metadata={"rows": 1},
)
def first(context: dg.AssetExecutionContext, config: Settings, service: Service) -> dg.MaterializeResult:
    """What is first.

    Args:
        config: how much.

    Returns:
        the result.
    """
    return dg.MaterializeResult()


@dg.asset(deps=[first], io_manager_key="io_manager")
def second() -> int:
    """What is second."""
    return 1


@dg.asset
def third(second: int) -> int: ...


@dg.multi_asset(specs=[dg.AssetSpec("fourth", deps=["third"]), dg.AssetSpec(["a", "fifth"])], can_subset=True)
def several(context: dg.AssetExecutionContext): ...


@dg.asset_check(asset=second, blocking=True)
def second_is_there(service: Service) -> dg.AssetCheckResult:
    """Whether it is."""
    return dg.AssetCheckResult(passed=True)


job = dg.define_asset_job("sample_job", selection=dg.AssetSelection.groups("default") - dg.AssetSelection.kind("s3"))
selected = dg.define_asset_job("selected", selection="group:sample or key:second+")
nightly = dg.ScheduleDefinition(name="nightly", job=job, cron_schedule="0 2 * * *", execution_timezone="Europe/Berlin")


@dg.schedule(cron_schedule="5 2 * * *", job=job, execution_timezone="UTC")
def other(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    return dg.RunRequest()


@dg.sensor(job=job, minimum_interval_seconds=60)
def arrived(context: dg.SensorEvaluationContext):
    yield dg.RunRequest(run_key="a")


@dg.op
def step(context) -> int:
    return 1


@dg.job
def plain():
    step()
'''
_RESOURCES = f"""\
import dagster as dg

from {_PACKAGE}.defs.sample.everything import Service


@dg.definitions
def resources():
    return dg.Definitions(resources={{"service": Service(token=dg.EnvVar("DAGWAY_SAMPLE_TOKEN"))}})
"""
_YAML = """\
type: dagster.PythonScriptComponent
attributes:
  execution:
    name: export
    path: export.py
  assets:
    - key: sample/export
      description: what is exported
      group_name: sample
      kinds: [python, csv]
      owners: ["team:data"]
      tags: {domain: sample}
      metadata: {rows: 10}
      automation_condition: "{{ automation_condition.on_cron('0 3 * * *') }}"
"""
_FILES = {
    "pyproject.toml": f'[tool.dg.project]\nroot_module = "{_PACKAGE}"\n',
    f"{_PACKAGE}/__init__.py": "",
    f"{_PACKAGE}/definitions.py": """\
from pathlib import Path

import dagster as dg


@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
""",
    f"{_PACKAGE}/defs/__init__.py": "",
    f"{_PACKAGE}/defs/sample/everything.py": _PYTHON,
    f"{_PACKAGE}/defs/sample/resources.py": _RESOURCES,
    f"{_PACKAGE}/defs/sample/export/defs.yaml": _YAML,
    f"{_PACKAGE}/defs/sample/export/export.py": "",
}


def load_sample() -> int:
    """Writes the project into a folder of its own, loads it and removes it again; the number of its assets.

    Raises:
        DagwayError: this Dagster cannot load it.
    """
    from dagway.project.load import load

    with tempfile.TemporaryDirectory(prefix="dagway-sample-") as folder:
        root = Path(folder).resolve()
        for path, text in _FILES.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return len(load(root).assets)
