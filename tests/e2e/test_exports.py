"""Requirements that an export meets: in demo mode, and with the real database in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

BLUEPRINT = """\
blueprint: 1
name: people
description: People for the CRM.
owners: [team:crm]
tags: {domain: crm}
requirements:
  R1: The CRM has everybody.
  R2: A file without an ending has everybody.
sources:
  files:
    integration: filesystem
    path: data
    tables: {people: {columns: {id: BIGINT, note: VARCHAR}}}
    demo: data
exports:
  crm:
    from: files/people
    integration: postgres
    connection: "{{ env('CRM_URL') }}"
    table: crm.people
    automation: eager
    meets: [R1]
  latest: {from: files/people, integration: filesystem, path: exports/latest, format: csv, automation: eager, meets: [R2]}
schedules:
  daily: {cron: 0 5 * * *, selection: "group:files"}
"""


def test_a_database_export_is_read_back_from_its_database(
    run: Any, postgres_url: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people.csv").write_text("id,note\n1,a\n2,\n3,c\n")
    (tmp_path / "blueprint.yaml").write_text(BLUEPRINT)
    out = tmp_path / "out"
    done = run("dagway", "prototype", "blueprint.yaml", "out", "--demo", cwd=tmp_path)
    assert done.status == 0, done.out + done.error
    assert "3 rows read back from duckdb://" in (out / "evidence" / "evidence.json").read_text()

    (out / "data" / "people.csv").write_text("id,note\n1,a\n2,\n3,c\n4,d\n")
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create schema crm")
    done = run("dagway", "verify", out, CRM_URL=postgres_url)
    assert done.status == 0, done.out + done.error
    assert "4 rows read back from postgresql://" in (out / "evidence" / "evidence.json").read_text()
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("select count(*) from crm.people").fetchone() == (4,)
