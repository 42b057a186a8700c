"""Orders and revenue by day."""

import pandas as pd


def daily(orders: pd.DataFrame) -> pd.DataFrame:
    """A row a day."""
    days = orders.assign(day=orders["ordered_at"]).groupby("day", as_index=False)
    return days.agg(orders=("id", "count"), revenue=("amount", "sum"))
