"""The other examples: real data by day, and many assets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_weather_is_filled_day_by_day_and_its_oddities_are_shown(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("dagway", "prototype", EXAMPLES / "weather" / "blueprint.yaml", out, "--demo")
    assert done.status == 0, done.out + done.error
    evidence = json.loads((out / "evidence" / "evidence.json").read_text())
    filled = {key: asset["partitions"] for key, asset in evidence["assets"].items() if asset["partitions"]}
    assert filled == {
        "staging/days": 1461,
        "staging/hours": 365,
        "marts/city_days": 365,
        "marts/months": 48,
    }
    failed = {
        check["name"]: (check["failed_rows"], check["severity"].lower())
        for asset in evidence["assets"].values()
        for check in asset["checks"]
        if not check["passed"]
    }
    assert failed == {"sunny_days_are_dry": (77, "warn"), "every_day_has_24_hours": (2, "warn")}
    assert (out / "exports" / "months.csv").read_text().count("\n") == 49
    assert "48 rows read back from exports/months.csv, 48 in its table" in json.dumps(
        evidence["requirements"]["W5"]
    )


def test_a_hundred_generated_assets(run: Any, tmp_path: Path) -> None:
    helped = run("python", EXAMPLES / "thousand" / "generate.py", "--help")
    assert (helped.status, helped.error) == (0, "")
    generated = run("python", EXAMPLES / "thousand" / "generate.py", 100, tmp_path)
    assert generated.status == 0, generated.error
    done = run("dagway", "prototype", tmp_path / "blueprint.yaml", tmp_path / "out", "--demo")
    assert done.status == 0, done.out + done.error
    evidence = json.loads((tmp_path / "out" / "evidence" / "evidence.json").read_text())
    assert len(evidence["assets"]) == 101
    assert all(asset["materialized"] for asset in evidence["assets"].values())
    assert {asset["rows"] for asset in evidence["assets"].values()} == {1000}
