"""The sales example without demo mode: a real PostgreSQL, a real S3 server, a warehouse of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import duckdb
import psycopg
import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TABLES = {
    "orders": "order_id bigint, customer_id bigint, amount numeric(10,2), status text, ordered_at timestamp",
    "customers": "customer_id bigint, segment text, region text, signed_up_on date",
}


@pytest.fixture
def shop(postgres_url: str, sales_blueprint: Path) -> str:
    """The shop's database, with the rows of the demo files."""
    with psycopg.connect(postgres_url) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})".encode())
            copied = f"copy {name} from stdin (format csv, header true)".encode()
            with connection.cursor().copy(copied) as copy:
                copy.write((sales_blueprint.parent / "data" / "shop" / f"{name}.csv").read_bytes())
    return postgres_url


@pytest.fixture
def bucket(s3_url: str) -> dict[str, str]:
    """The variables that lead to an S3 server with the bucket of the export."""
    login = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_url,
    }
    urlopen(Request(f"{s3_url}/analytics-exports", method="PUT")).close()
    return login


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.sql(query).fetchall()


def unchanged(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_project_reads_the_real_database(
    sales: Any, run: Any, shop: str, bucket: dict[str, str], sales_blueprint: Path, tmp_path: Path
) -> None:
    out, warehouse = tmp_path / "out", tmp_path / "warehouse.duckdb"
    variables = {
        "SHOP_DATABASE_URL": shop,
        "WAREHOUSE_PATH": str(warehouse),
        **bucket,
        "SLACK_BOT_TOKEN": "x",
    }
    done = run("dagway", "prototype", sales_blueprint, out, **variables)
    assert done.status == 0, done.out + done.error
    for table in ("staging.orders", "marts.customer_metrics", "marts.revenue_by_region"):
        query = f"select * from {table} order by all"
        assert rows(warehouse, query) == rows(sales.folder / "data" / "demo.duckdb", query)

    with psycopg.connect(shop) as connection:
        connection.execute("update customers set region = 'moon' where customer_id = 1")
        connection.execute("insert into orders values (9001, 9999, 12.5, 'complete', '2026-11-01')")
    done = run("dagway", "verify", out, **variables)
    assert done.status == 0, done.out + done.error
    assert "relationship_customer_id failed (a warning): 1 row" in done.out
    regions = {row[0] for row in rows(warehouse, "select region from marts.revenue_by_region")}
    assert {"moon", "unknown"} <= regions


def test_a_missing_variable_is_named_and_nothing_is_written(run: Any, sales: Any, tmp_path: Path) -> None:
    blueprint = Path(__file__).parents[2] / "examples" / "sales_analytics" / "blueprint.yaml"
    built = unchanged(sales.folder / "evidence")
    for done in (
        run("dagway", "prototype", blueprint, tmp_path / "out"),
        run("dagway", "verify", sales.folder),
    ):
        assert done.status == 2
        assert "SHOP_DATABASE_URL" in done.error
        assert "--demo" in done.error
        assert "Traceback" not in done.error
    assert not (tmp_path / "out").exists()
    assert unchanged(sales.folder / "evidence") == built
