"""The sales logic that is clearer in Python than in SQL."""

import pandas as pd


def customer_lifetime_value(orders: pd.DataFrame) -> pd.DataFrame:
    """Revenue, order count and average order value for each customer that ordered."""
    value = (
        orders.astype({"amount": float})
        .groupby("customer_id", as_index=False)
        .agg(
            total_revenue=("amount", "sum"),
            order_count=("order_id", "count"),
            first_order=("ordered_at", "min"),
            last_order=("ordered_at", "max"),
        )
    )
    value["avg_order_value"] = value["total_revenue"] / value["order_count"]
    return value.round({"total_revenue": 2, "avg_order_value": 2})
