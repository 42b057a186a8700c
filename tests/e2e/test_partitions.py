"""Partitions from the data alone: a source's files say which hours there are, a column which names."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

BLUEPRINT = """
blueprint: 1
name: factory
description: Readings of machines.
owners: [team:plant]
tags: {domain: plant}
timezone: Europe/Berlin
requirements: {F1: Hours., F2: Hot hours., F3: Machines., F4: Names.}
sources:
  plant:
    integration: filesystem
    path: data
    tables:
      readings:
        partitions: {hourly: 2024-03-01}
        incremental: {column: measured_at}
        meets: [F1]
      machines: {}
    demo: data
assets:
  marts/hot:
    description: Warm readings of an hour.
    python: logic.py:hot
    deps: [plant/readings]
    partitions: {hourly: 2024-03-01}
    incremental: {column: measured_at}
    checks: [{not_null: machine}]
    meets: [F2]
  marts/reports:
    description: A report for each machine.
    python: logic.py:reports
    deps: [plant/machines]
    partitions: {dynamic: machines}
    incremental: {column: machine}
    checks: [{unique: machine}]
    meets: [F3]
  staging/machines:
    description: Each machine on its own.
    sql: select machine, hall from plant.machines
    partitions: {dynamic: halls}
    incremental: {column: hall}
    meets: [F4]
"""
LOGIC = """
import dagster as dg
import pandas as pd


def hot(context: dg.AssetExecutionContext, readings: pd.DataFrame) -> pd.DataFrame:
    return readings[readings["degrees"] > 20]


def reports(context: dg.AssetExecutionContext, machines: pd.DataFrame) -> pd.DataFrame:
    own = set(context.partition_keys) if context.has_partition_key_range else {context.partition_key}
    return machines[machines["machine"].isin(own)]
"""
HOURS = 30


def test_only_parts_with_data_are_filled(run: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    first = datetime.fromisoformat("2024-05-02T22:15:00")
    rows = "".join(f"{m},{first + timedelta(hours=n)},{21 + n}\n" for n in range(HOURS) for m in "abc")
    (tmp_path / "data" / "readings.csv").write_text(f"machine,measured_at,degrees\n{rows}")
    (tmp_path / "data" / "machines.csv").write_text("machine,hall\na,north\nb,north\nc,south\n")
    (tmp_path / "blueprint.yaml").write_text(BLUEPRINT)
    (tmp_path / "logic.py").write_text(LOGIC)
    done = run("dagway", "prototype", "blueprint.yaml", "out", "--demo", "--json", cwd=tmp_path)
    shown = done.json()["evidence"]
    assert done.status == 0, (shown["requirements"], shown["checklist"])
    found = {key: (asset["rows"], asset["partitions"]) for key, asset in shown["assets"].items()}
    assert found == {
        "plant/readings": (3 * HOURS, HOURS),
        "plant/machines": (3, 0),
        "marts/hot": (3 * HOURS, HOURS),
        "marts/reports": (3, 3),
        "staging/machines": (3, 2),
    }
    assert shown["assets"]["plant/readings"]["partition_range"][0].startswith("2024-05-02-22:00")
