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
