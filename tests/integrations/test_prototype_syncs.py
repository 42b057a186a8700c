"""Reverse-ETL exports of a blueprint: built, and proven with simulators of the tools."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BLUEPRINT = """
blueprint: 1
name: growth
owners: [team:growth]
tags: {domain: sales}
requirements:
  R1: Sales sees each customer in the CRM.
  R2: Paying customers are in the audience of the ads.
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_DATABASE_URL') }}"
    tables: [customers]
    demo: data
assets:
  marts/paying:
    sql: select * from shop.customers where paid > 0
exports:
  crm: {from: shop/customers, integration: hightouch, sync: "71", automation: eager, meets: [R1]}
  ads: {from: marts/paying, integration: census, sync: "8", automation: eager, meets: [R2]}
"""


@pytest.mark.integration
@pytest.mark.slow
def test_each_sync_is_run_and_its_rows_are_compared_with_the_table(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "customers.csv").write_text("id,paid\n1,10\n2,0\n3,5\n", encoding="utf-8")
    (tmp_path / "blueprint.yaml").write_text(BLUEPRINT, encoding="utf-8")

    command = [sys.executable, "-m", "dagway", "prototype", "blueprint.yaml", "out", "--demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((tmp_path / "out" / "evidence" / "evidence.json").read_text(encoding="utf-8"))
    assert [one["met"] for one in evidence["requirements"].values()] == [True, True]
    exports = evidence["exports"]
    assert {key: (one["counted_by"], one["rows"], one["upstream_rows"]) for key, one in exports.items()} == {
        "exports/crm": ("Hightouch", 3, 3),
        "exports/ads": ("Census", 2, 2),
    }
    assert "A simulator stood in for Census and Hightouch" in " ".join(evidence["run"]["notes"])
    written = (tmp_path / "out" / "growth" / "defs" / "exports" / "crm" / "defs.yaml").read_text("utf-8")
    assert "api_key: '{{ env.HIGHTOUCH_API_KEY }}'" in written
