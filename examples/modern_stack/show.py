"""Prints what the last run in demo mode built: `DAGWAY_DEMO=1 python show.py`."""

from modern_stack.defs.resources import warehouse

TABLES = {"customer_lifetime_value": "customer_id", "daily_revenue": "ordered_on"}


def main() -> None:
    with warehouse().session() as session:
        for table, order in TABLES.items():
            print(f"\n{table}")
            print(session.query(f"select * from {table} order by {order}").to_pandas().to_string(index=False))


if __name__ == "__main__":
    main()
