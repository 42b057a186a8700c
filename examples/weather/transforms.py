"""Temperatures by city and day."""

import pandas as pd


def city_days(hours: pd.DataFrame) -> pd.DataFrame:
    """Mean, lowest and highest temperature for each city and day."""
    return (
        hours.groupby(["city", "day"], as_index=False)
        .agg(
            mean_celsius=("celsius", "mean"),
            low_celsius=("celsius", "min"),
            high_celsius=("celsius", "max"),
        )
        .round({"mean_celsius": 2})
    )
