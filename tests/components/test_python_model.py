"""Tables that a Python function makes, of frames of every library."""

from __future__ import annotations

from typing import Any

import pytest

from dagway.errors import DagwayError

pytestmark = pytest.mark.integration

ORDERS = "select range as id, range * 2.5 as amount, timestamp '2024-01-01' + range * interval 1 day as day from range(4)"
FUNCTIONS = """
import pandas as pd
import polars as pl
import pyarrow as pa

def pandas(orders: pd.DataFrame) -> pd.DataFrame:
    return orders[orders["id"] > 1]

def polars(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.filter(pl.col("id") > 1)

def lazy(orders: pl.LazyFrame) -> pl.LazyFrame:
    return orders.filter(pl.col("id") > 1)

def arrow(orders: pa.Table) -> pa.Table:
    return orders.slice(2)

def alone(context):
    context.log.info("made of nothing")
    return pd.DataFrame({"id": [2, 3], "amount": [5.0, 7.5]})

def text(orders):
    return "rows"

def raising(orders):
    raise ZeroDivisionError("no orders")

def whole(orders: pd.DataFrame, factor: int = 2) -> pd.DataFrame:
    return orders.assign(amount=orders["amount"] * factor)
"""


def model(project: Any, function: str, **attributes: Any) -> None:
    project.model("staging/orders", ORDERS)
    project.write("PACKAGE/defs/marts/big/big.py", FUNCTIONS)
    given = {"key": "marts/big", "function": f"big.py:{function}", "inputs": {"orders": "staging/orders"}}
    project.component("marts/big", "PythonModel", {**given, **attributes})


def refusal(project: Any) -> str:
    with pytest.raises(Exception, match="Error while") as error:
        project.load()
    assert isinstance(error.value.__cause__, DagwayError)
    return str(error.value.__cause__)


def test_partitions_need_the_column_that_tells_their_rows_apart(project: Any) -> None:
    model(project, "pandas", partitions={"daily": "2024-01-01"})

    told = refusal(project)

    assert "the rows of one would replace the whole table" in told
    assert "Write `incremental: {column: …}`" in told


@pytest.mark.parametrize("library", ["pandas", "polars", "lazy", "arrow"])
def test_frames_of_every_library(project: Any, read: Any, library: str) -> None:
    model(project, library, checks=[{"unique": "id"}])

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, amount::varchar from marts.big order by id") == [(2, "5.0"), (3, "7.5")]
    assert read.metadata(result, "marts/big")["dagster/row_count"] == 2
    assert read.checks(result)["unique_id"].passed
    [asset] = [one for one in project.load().resolve_all_asset_specs() if one.key.path == ["marts", "big"]]
    assert [dep.asset_key.path for dep in asset.deps] == [["staging", "orders"]]


def test_a_function_may_need_nothing(project: Any, read: Any) -> None:
    model(project, "alone", inputs={})

    result = project.run("key:marts/big")

    assert result.success, read.failure(result)
    assert project.rows("select count(*) from marts.big") == [(2,)]


@pytest.mark.parametrize(
    ("function", "said"),
    [("text", "big.py:text returns what is no table"), ("raising", "ZeroDivisionError: no orders")],
)
def test_a_function_that_fails_leaves_the_table(project: Any, read: Any, function: str, said: str) -> None:
    model(project, "pandas")
    assert project.run().success
    model(project, function)

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert project.rows("select count(*) from marts.big") == [(2,)]
    model(project, "pandas")
    assert project.run().success


def test_a_partition_replaces_its_own_rows(project: Any, read: Any) -> None:
    daily = {"partitions": {"daily": "2024-01-01"}, "incremental": {"column": "day"}}
    model(project, "whole", **daily)
    assert project.run("key:staging/orders").success
    days = ("2024-01-01", "2024-01-02")

    first = project.run("key:marts/big", partitions=days)
    second = project.run("key:marts/big", partitions=("2024-01-02", "2024-01-03"))

    assert first.success, read.failure(first)
    assert second.success, read.failure(second)
    assert project.rows("select id, amount::varchar from marts.big order by id") == [
        (0, "0.0"),
        (1, "5.0"),
        (2, "10.0"),
    ]


def test_an_input_that_is_not_there_is_named(project: Any, read: Any) -> None:
    model(project, "pandas")

    result = project.run("key:marts/big")

    assert "The warehouse has no table staging.orders" in read.failure(result)


@pytest.mark.parametrize(
    ("function", "inputs", "said"),
    [
        ("pandas", {}, "big.py:pandas takes orders, which `inputs` does not name"),
        ("pandas", {"orders": "a/b", "other": "c/d"}, "big.py:pandas takes no other"),
        ("nothing", {}, "big has no function nothing"),
    ],
)
def test_mistakes_in_the_yaml_are_named(
    project: Any, function: str, inputs: dict[str, str], said: str
) -> None:
    model(project, function, inputs=inputs)

    assert said in refusal(project)
