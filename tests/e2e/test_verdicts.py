"""What breaks a requirement and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_a_broken_row_leaves_its_requirement_unmet(run: Any, sales_blueprint: Path, tmp_path: Path) -> None:
    with (sales_blueprint.parent / "data" / "shop" / "orders.csv").open("a") as orders:
        orders.write("9001,1,-5.00,complete,2026-11-01 10:00:00\n")
        orders.write("9002,9999,5.00,complete,2026-11-01 10:00:00\n")
    done = run("dagway", "prototype", sales_blueprint, tmp_path / "out", "--demo")
    assert done.status == 1, done.out + done.error
    assert "range_amount failed: 1 row" in done.out

    evidence = json.loads((tmp_path / "out" / "evidence" / "evidence.json").read_text())
    requirements = evidence["requirements"]
    assert requirements["R1"]["met"] is True
    assert requirements["R2"]["met"] is False
    items = {
        item["summary"].split()[1]: item for item in requirements["R2"]["evidence"] if item["kind"] == "check"
    }
    assert (items["range_amount"]["passed"], items["range_amount"]["required"]) == (False, True)
    warning = items["relationship_customer_id"]
    assert (warning["passed"], warning["required"]) == (False, False)
    page = (tmp_path / "out" / "evidence" / "index.html").read_text()
    assert "range_amount failed: 1 row" in page


def test_a_source_without_its_column_stops_only_what_follows(
    run: Any, sales_blueprint: Path, tmp_path: Path
) -> None:
    customers = sales_blueprint.parent / "data" / "shop" / "customers.csv"
    customers.write_text(customers.read_text().replace("region", "area", 1))
    done = run("dagway", "prototype", sales_blueprint, tmp_path / "out", "--demo")
    assert done.status == 1, done.out + done.error
    assert "Traceback" not in done.out + done.error
    requirements = json.loads((tmp_path / "out" / "evidence" / "evidence.json").read_text())["requirements"]
    assert requirements["R2"]["met"] is True
    assert requirements["R4"]["met"] is False
    assert "region" in json.dumps(requirements)
