"""Blueprints for the tests of build: written into a folder, read and rendered."""

from collections.abc import Mapping
from pathlib import Path

from dagway.blueprint.load import LoadedBlueprint, load
from dagway.prototype.build import Copy, render

ORDERS = "order_id,customer_id,amount\n1,7,10.5\n2,8,3.0\n"

SMALL = """
blueprint: 1
name: shop_reports
description: Orders for the shop's reports.
owners: [team:shop]
tags: {domain: sales}
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_DATABASE_URL') }}"
    tables: {orders: {columns: {order_id: BIGINT, customer_id: BIGINT, amount: DOUBLE}}}
    demo: data/shop
assets:
  staging/orders:
    description: Orders, typed.
    sql: select * from shop.orders
    checks: [{unique: order_id}]
"""


def loaded(folder: Path, text: str = SMALL, files: Mapping[str, str] | None = None) -> LoadedBlueprint:
    """A blueprint and the files that it names, on disk."""
    for name, content in {"data/shop/orders.csv": ORDERS, "blueprint.yaml": text, **(files or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return load(folder / "blueprint.yaml")


def rendered(folder: Path, text: str = SMALL, files: Mapping[str, str] | None = None) -> dict[str, str]:
    """The files of the project as text; a copied file as the text of its source."""
    return {
        path: content.source.read_text() if isinstance(content, Copy) else content.decode()
        for path, content in render(loaded(folder, text, files)).items()
    }


EVERYTHING = """
blueprint: 1
name: everything
description: One of each "kind", with 'quotes' and \\ more.
owners: [team:shop]
tags: {domain: sales}
timezone: Europe/Berlin
requirements: {R1: All of it.}
warehouse: {integration: duckdb, database: "{{ env('WAREHOUSE_PATH', 'data/warehouse.duckdb') }}"}
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_DATABASE_URL') }}"
    tables:
      orders:
        name: public.orders
        columns: {order_id: BIGINT, customer_id: BIGINT, amount: {type: DOUBLE, description: "In \\"euro\\"."}}
        checks: [{unique: order_id, name: one_row_each}]
        freshness: 2d
    demo: data/shop
    meets: [R1]
assets:
  staging/orders:
    description: |
      Orders, typed; "as" they come.
      Two lines.
    sql: select order_id, customer_id, amount, 'web' as channel from shop.orders
    partitions: {static: [web, store]}
    incremental: {column: channel}
    checks:
      - {python: logic/tests.py:positive, severity: warn, description: Amounts are positive.}
      - {freshness: 90m}
      - {range: {column: amount, min: 0, max: 100}, blocking: true}
  eu/shop/totals:
    description: Totals by customer.
    python: logic/totals.py:totals
    deps: [staging/orders]
    columns: {customer_id: BIGINT, total: DOUBLE}
    tags: {class: "1"}
    freshness: 90m
    automation: eager & ~on_missing
    checks:
      - {not_null: customer_id}
      - {python: logic/tests.py:known_customers}
  marts/best:
    description: The best customers, read from a key of three segments.
    sql: select * from eu__shop.totals order by total desc limit 1
    materialized: view
    automation: {on_cron: "0 6 * * *"}
  marts/unwritten:
    description: Nobody wrote this yet.
    python: logic/later.py:unwritten
    deps: [marts/best]
    columns: {customer_id: BIGINT}
exports:
  totals: {from: eu/shop/totals, integration: filesystem, path: exports/totals.csv}
  back: {from: eu/shop/totals, integration: postgres, connection: "{{ env('TARGET_URL') }}", table: public.totals}
schedules:
  nightly: {cron: "0 1 * * *", selection: 'group:"marts"', timezone: UTC}
sensors:
  inbox: {watch: "inbox/*.csv", every: 1m}
  after: {asset: staging/orders, selection: 'key:"marts/best"'}
  polled: {python: logic/tests.py:poll, selection: 'key:"marts/best"'}
alerts:
  both: {when: check_failure, slack: "#shop", webhook: "{{ env('HOOK_URL') }}", selection: 'group:"marts"'}
environments:
  production:
    warehouse: {integration: postgres, connection: "{{ env('WAREHOUSE_URL') }}"}
    exports: {totals: {path: exports/production.csv}}
"""

TOTALS = '''import dagster as dg
import pandas as pd

from rounding import cents


class RateResource(dg.ConfigurableResource[object]):
    factor: float = 1.0


def totals(context: dg.AssetExecutionContext, orders: pd.DataFrame, rate: RateResource) -> pd.DataFrame:
    """Totals."""
    frame = orders.groupby("customer_id", as_index=False).agg(total=("amount", "sum"))
    frame["total"] = cents(frame["total"] * rate.factor)
    return frame
'''

CHECKS = """import dagster as dg
import pandas as pd


def positive(orders: pd.DataFrame) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=bool((orders["amount"] > 0).all()))


def known_customers(totals: pd.DataFrame) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=bool(totals["customer_id"].isin([7, 8]).all()))


def poll(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    return dg.SkipReason("nothing yet")
"""

ROUNDING = """import pandas as pd


def cents(amounts: pd.Series) -> pd.Series:
    return amounts.round(2)
"""

LOGIC = {"logic/totals.py": TOTALS, "logic/tests.py": CHECKS, "logic/rounding.py": ROUNDING}
