"""From data to a proven project without a line written by hand."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from pathlib import Path
from shutil import copytree
from typing import Any

import psycopg
import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SHOP = Path(__file__).parents[2] / "examples" / "sales_analytics" / "data" / "shop"


def test_a_folder_is_drafted_and_proven(run: Any, tmp_path: Path) -> None:
    copytree(SHOP, tmp_path / "shop")
    drafted = run("dagway", "draft", "shop", cwd=tmp_path)
    assert drafted.status == 0, drafted.error
    text = (tmp_path / "blueprint.yaml").read_text()
    assert "customer_id" in text
    assert "relationship" in text
    assert run("dagway", "plan", "blueprint.yaml", cwd=tmp_path).status == 0
    done = run("dagway", "prototype", "blueprint.yaml", "out", "--demo", cwd=tmp_path)
    assert done.status == 0, done.out + done.error


def test_a_database_is_drafted_and_proven(run: Any, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute(
            "create table customers (customer_id integer primary key, segment text, region text, since text)"
        )
        with (SHOP / "customers.csv").open() as file:
            connection.executemany("insert into customers values (?, ?, ?, ?)", list(csv.reader(file))[1:])
    drafted = run("dagway", "draft", f"sqlite:///{tmp_path}/shop.db", cwd=tmp_path)
    assert drafted.status == 0, drafted.error
    done = run("dagway", "prototype", "blueprint.yaml", "out", "--demo", cwd=tmp_path)
    assert done.status == 0, done.out + done.error


def test_a_postgresql_database_is_drafted_and_proven_against_the_server_and_in_demo_mode(
    run: Any, postgres_url: str, tmp_path: Path
) -> None:
    """Keys, references, enums, arrays, documents, moments, mixed case, other schemas, views, a table without a row."""
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(
            """
            create schema "Back Office";
            create type order_status as enum ('new', 'paid', 'shipped');
            create table "Customers" (
              id uuid primary key default gen_random_uuid(), "fullName" text not null, tags text[] not null,
              profile jsonb, created_at timestamptz not null
            );
            create table orders (
              order_id bigint generated always as identity primary key,
              customer uuid not null references "Customers" (id), status order_status not null,
              amount numeric(12, 2) not null, ordered_at timestamptz not null, waited interval, codes int[], raw bytea
            );
            create table "Back Office"."AuditLog" (
              id serial primary key, "orderId" bigint references orders (order_id), at timestamp not null, note text
            );
            create table "Back Office".prices (sku varchar(10), since date, price float8, primary key (sku, since));
            create table empties (id int primary key, label text, at timestamptz, kind order_status, others uuid[]);
            create view paid_orders as select * from orders where status = 'paid';
            insert into "Customers" ("fullName", tags, profile, created_at)
              select 'Name ' || n, array['a', 'b"q'], jsonb_build_object('k', n), timestamptz '2024-01-01 12:00+02'
              from generate_series(1, 60) n;
            insert into orders (customer, status, amount, ordered_at, waited, codes, raw)
              select (select id from "Customers" order by id offset n % 60 limit 1),
                (array['new', 'paid', 'shipped'])[1 + n % 3]::order_status, n * 1.25,
                timestamptz '2024-01-01 12:00+02' + n * interval '1 hour', n * interval '1 hour', array[n, null], '\\xde'
              from generate_series(1, 120) n;
            insert into "Back Office"."AuditLog" ("orderId", at, note)
              select n, timestamp '2024-01-01', E'two\\nlines, "quoted"' from generate_series(1, 90) n;
            insert into "Back Office".prices select 'S' || n, date '2024-01-01', n * 0.1 from generate_series(1, 9) n;
            """
        )
    drafted = run("dagway", "draft", postgres_url, cwd=tmp_path)
    assert drafted.status == 0, drafted.error
    text = (tmp_path / "blueprint.yaml").read_text()
    for found in (
        'name: "Back Office.AuditLog"',
        "name: Customers",
        "values: [new, paid, shipped]",
        "relationship: {column: customer,",
        "unique: [sku, since]",
        'created_at: "TIMESTAMP WITH TIME ZONE"',
    ):
        assert found in text
    (variable,) = re.findall(r"env\('(\w+_DATABASE_URL)'\)", text)
    real = run("dagway", "prototype", "blueprint.yaml", "real", cwd=tmp_path, **{variable: postgres_url})
    assert real.status == 0, real.out + real.error
    demo = run("dagway", "prototype", "blueprint.yaml", "demo_mode", "--demo", cwd=tmp_path)
    assert demo.status == 0, demo.out + demo.error
    counts = [rows_by_asset(tmp_path / name) for name in ("real", "demo_mode")]
    assert counts[0] == counts[1]
    assert sorted(counts[0].values()) == [0, 0, 9, 9, 40, 40, 60, 60, 90, 90, 120, 120]


def rows_by_asset(project: Path) -> dict[str, int]:
    assets = json.loads((project / "evidence" / "evidence.json").read_text())["assets"]
    return {key: asset["rows"] for key, asset in assets.items()}
