"""Writes the shop's demo tables: seeded, so that every run gives the same rows.

Run it as `python generate.py` in this folder. The orders carry what real exports carry: repeated rows, missing
customers and amounts, mixed case.
"""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

SHOP = Path(__file__).parent / "shop"
SEGMENTS = ["consumer", "corporate", "home_office"]
REGIONS = ["north", "south", "east", "west"]
STATUSES = ["complete", "Complete", "shipped", "returned"]


def main() -> None:
    """Write `shop/customers.csv` and `shop/orders.csv`."""
    chance = random.Random(2026)
    customers = [
        [
            number,
            chance.choices(SEGMENTS, [6, 3, 1])[0],
            chance.choice(REGIONS),
            f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        ]
        for number in range(1, 401)
    ]
    write("customers", ["customer_id", "segment", "region", "signed_up_on"], customers)

    start = datetime(2026, 1, 1, 8)
    orders: list[list[object]] = []
    for number in range(1, 2501):
        placed = start + timedelta(minutes=chance.randint(0, 60 * 24 * 300))
        row: list[object] = [
            number,
            chance.randint(1, 400),
            f"{chance.lognormvariate(4, 0.8):.2f}",
            chance.choice(STATUSES),
            placed.isoformat(sep=" "),
        ]
        if chance.random() < 0.02:
            row[chance.choice([1, 2])] = ""
        orders.append(row)
        if chance.random() < 0.03:
            orders.append([*row[:3], "returned", (placed + timedelta(days=5)).isoformat(sep=" ")])
    chance.shuffle(orders)
    write("orders", ["order_id", "customer_id", "amount", "status", "ordered_at"], orders)


def write(table: str, header: list[str], rows: list[list[object]]) -> None:
    """One CSV file with a header."""
    with (SHOP / f"{table}.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()
