"""dlt's pipelines as assets: in demo mode, and into a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from holding_proxy import before_postgres, by_way_of
from killed_run import run_and_kill
from services import GUARDED, PostgresServer
from state_backed import keys, refused

import dagway.components
from dagway.components.scaffolder import copy_example, example_of
from dagway.components.warehouse import PostgresWarehouse
from dagway.simulators.rest import Paging, Rest, Table
from dagway.simulators.service import Fault

pytestmark = pytest.mark.integration

LOADS = """
import dlt
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient

client = RESTClient("{api}", session=Client(request_max_attempts=2, request_backoff_factor=0, raise_for_status=False).session)

@dlt.resource(primary_key="id", write_disposition="{disposition}")
def orders():
    yield from client.paginate("orders", data_selector="items", headers={{"Authorization": "Bearer {token}"}})

@dlt.resource(write_disposition="replace", table_name="OrderCount")
def count():
    yield {{"orders": 1}}

@dlt.source(name="shop")
def shop():
    return orders, count

source = shop()
pipeline = dlt.pipeline("shop_{name}", destination=dlt.destinations.postgres("{postgres}"), dataset_name="Raw",
    pipelines_dir=r"{folder}")
"""


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """dlt tells nobody of the runs."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")


@pytest.fixture
def service() -> Iterator[Rest]:
    """An API with three orders in pages of two."""
    rows = [{"id": number, "amount": number * 1.5} for number in (1, 2, 3)]
    table = Table("/orders", rows, Paging("json_link"))
    with Rest(tables=[table]).running() as api:
        yield api


def with_password(url: str) -> str:
    """The address with one; dlt does not connect without, also where the server trusts."""
    login, found, rest = url.removeprefix("postgresql://").partition("@")
    return url if ":" in login or not found else f"postgresql://{login}:trusted@{rest}"


def load(
    project: Any,
    service: Rest,
    postgres: str,
    disposition: str = "replace",
    token: str = "demo_token",
    **attributes: Any,
) -> None:
    """The component as in production: an API, and PostgreSQL as the destination."""
    project.resources["warehouse"] = PostgresWarehouse(connection=postgres)
    text = LOADS.format(
        api=service.url,
        disposition=disposition,
        token=token,
        name=project.package,
        postgres=with_password(postgres),
        folder=project.root / "state",
    )
    number = len(list((project.root / project.package / "defs").glob("shop*")))
    for old in (project.root / project.package / "defs").glob("shop*/defs.yaml"):
        old.unlink()
    project.write(f"PACKAGE/defs/shop{number}/loads.py", text)
    loads = [{"source": ".loads.source", "pipeline": ".loads.pipeline"}]
    project.component(f"shop{number}", "DltLoads", {"loads": loads, **attributes})


def rows(project: Any) -> list[Any]:
    return project.rows("select id, amount from raw.orders order by id")


def test_the_example_runs_without_credentials(project: Any, read: Any) -> None:
    folder = project.root / project.package / "defs" / "crm"
    folder.mkdir(parents=True)
    component = dagway.components.DltLoads
    copy_example(example_of(component), folder, project.root, "dagway.components.DltLoads")
    project.model("marts/names", "select name from crm.accounts")

    assert project.run().success

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, name, country from crm.accounts order by id") == [
        (1, "Acme", "PT"),
        (2, "Globex", "DE"),
    ]
    assert keys(project) == {"crm/accounts", "marts/names"}
    assert read.metadata(result, "crm/accounts")["dagster/row_count"] == 2
    assert {check.passed for check in read.checks(result).values()} == {True}
    assert project.rows("select count(*) from marts.names") == [(2,)]


def test_pipelines_load_into_postgres(project: Any, read: Any, service: Rest, postgres_url: str) -> None:
    load(project, service, postgres_url, tables=[{"name": "orders", "checks": [{"unique": "id"}]}])

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(project) == {"raw/orders", "raw/order_count"}
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]
    told = read.metadata(result, "raw/orders")
    assert (told["rows_loaded"], told["dagster/row_count"]) == (3, 3)
    assert read.checks(result)["unique_id"].passed


def test_a_part_of_the_source_is_loaded_alone(
    project: Any, read: Any, service: Rest, postgres_url: str
) -> None:
    load(project, service, postgres_url, source="shop")

    result = project.run("key:shop/order_count")

    assert result.success, read.failure(result)
    assert service.requests == []
    assert project.rows("select orders from raw.order_count") == [(1,)]


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([Fault(status=429), Fault(status=429)], "429"),
        ([Fault(), Fault(status=500), Fault(status=500)], "500"),
        ([Fault(), Fault(cut=True), Fault(cut=True)], "IncompleteRead"),
    ],
    ids=["busy", "broken_at_the_second_page", "half_a_page"],
)
def test_a_source_that_breaks_off_changes_nothing_and_the_next_run_repairs(
    project: Any, read: Any, service: Rest, postgres_url: str, faults: list[Fault], said: str
) -> None:
    load(project, service, postgres_url)
    assert project.run().success
    service.tables[0].rows[0]["amount"] = 99.5  # pyright: ignore[reportIndexIssue]
    service.faults = list(faults)

    result = project.run()

    assert not result.success
    assert "dlt failed to extract" in read.failure(result)
    assert said in read.failure(result)
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]
    service.faults = []
    assert project.run().success
    assert rows(project) == [(1, 99.5), (2, 3.0), (3, 4.5)]


@pytest.mark.parametrize("disposition", ["replace", "merge"])
def test_a_destination_that_refuses_keeps_its_rows(
    project: Any, read: Any, service: Rest, postgres_url: str, disposition: str
) -> None:
    load(project, service, postgres_url, disposition)
    assert project.run().success
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("alter table raw.orders add constraint cheap check (amount < 50)")
    service.tables[0].rows[0]["amount"] = 99.5  # pyright: ignore[reportIndexIssue]

    result = project.run()

    assert not result.success
    assert 'violates check constraint "cheap"' in read.failure(result)
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("alter table raw.orders drop constraint cheap")
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows(project) == [(1, 99.5), (2, 3.0), (3, 4.5)]


def test_wrong_credentials_are_refused(project: Any, read: Any, service: Rest, postgres_url: str) -> None:
    load(project, service, postgres_url, token="wr0ng")

    result = project.run()

    assert not result.success
    assert "dlt failed to extract: 401 Client Error" in read.failure(result)
    assert "wr0ng" not in read.failure(result)
    load(project, service, "postgresql://nobody:s3cret@127.0.0.1:1/none")
    unreachable = project.run()
    assert not unreachable.success
    assert "port 1 failed" in read.failure(unreachable)
    assert "s3cret" not in read.failure(unreachable)


def test_a_wrong_password_of_the_destination_keeps_its_rows_and_the_right_one_repairs(
    project: Any, read: Any, service: Rest, own_postgres: PostgresServer
) -> None:
    own_postgres.guard("right")
    load(project, service, own_postgres.url(f"{GUARDED}:right"))
    first = project.run()
    assert first.success, read.failure(first)
    service.tables[0].rows[0]["amount"] = 99.5  # pyright: ignore[reportIndexIssue]
    load(project, service, own_postgres.url(f"{GUARDED}:wr0ng"))

    result = project.run()

    assert not result.success
    assert 'password authentication failed for user "guarded"' in read.failure(result)
    assert "wr0ng" not in read.failure(result)
    load(project, service, own_postgres.url(f"{GUARDED}:right"))
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows(project) == [(1, 99.5), (2, 3.0), (3, 4.5)]


def test_a_load_that_is_killed_half_way_is_repaired_by_the_next_run(
    project: Any, read: Any, service: Rest, postgres_url: str
) -> None:
    load(project, service, postgres_url)
    assert project.run().success
    for row in service.tables[0].rows:
        row["amount"], row["note"] = 99.5, "x" * 400_000  # pyright: ignore[reportIndexIssue]
    with before_postgres(postgres_url).running() as proxy:
        load(project, service, by_way_of(proxy, with_password(postgres_url)))
        proxy.hold("client", 600_000)

        run_and_kill(
            project,
            proxy.held.is_set,
            resources={"warehouse": f"PostgresWarehouse(connection={postgres_url!r})"},
        )

    load(project, service, postgres_url)
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows(project) == [(1, 99.5), (2, 99.5), (3, 99.5)]


def test_an_empty_source_empties_no_table_unless_it_may(
    project: Any, read: Any, service: Rest, postgres_url: str
) -> None:
    load(project, service, postgres_url)
    assert project.run().success
    service.tables[0].rows[:] = []  # pyright: ignore[reportIndexIssue]

    result = project.run()

    assert not result.success
    assert "extracted no row of orders; the tables are as they were" in read.failure(result)
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]
    load(project, service, postgres_url, allow_empty=True)
    emptied = project.run()
    assert emptied.success, read.failure(emptied)
    assert rows(project) == []


def test_an_empty_source_may_merge_nothing(project: Any, read: Any, service: Rest, postgres_url: str) -> None:
    load(project, service, postgres_url, "merge")
    assert project.run().success
    service.tables[0].rows[:] = []  # pyright: ignore[reportIndexIssue]

    result = project.run()

    assert result.success, read.failure(result)
    assert rows(project) == [(1, 1.5), (2, 3.0), (3, 4.5)]


def test_a_changed_schema_adds_a_column(project: Any, read: Any, service: Rest, postgres_url: str) -> None:
    load(project, service, postgres_url, "merge")
    assert project.run().success
    service.tables[0].rows[0]["currency"] = "EUR"  # pyright: ignore[reportIndexIssue]

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select currency from raw.orders order by id") == [("EUR",), (None,), (None,)]


def test_mistakes_in_the_yaml_are_named(project: Any, service: Rest, postgres_url: str) -> None:
    load(project, service, postgres_url, tables=[{"name": "order"}])
    assert "dlt lands no table order" in refused(project)
    load(project, service, postgres_url, loads=[{"source": ".loads.sauce", "pipeline": ".loads.pipeline"}])
    assert ".loads.sauce names nothing" in refused(project)


def test_demo_mode_needs_its_files(
    project: Any, read: Any, service: Rest, postgres_url: str, tmp_path: Path
) -> None:
    from dagway.components.warehouse import DuckDBWarehouse

    load(project, service, postgres_url, demo_mode=True, demo_path="data/dlt")
    refused_warehouse = project.run()
    assert "the warehouse is PostgresWarehouse" in read.failure(refused_warehouse)
    project.resources["warehouse"] = DuckDBWarehouse(database=str(tmp_path / "demo.duckdb"))
    assert "There is no file of orders" in read.failure(project.run())
    project.write("data/dlt/raw/orders.csv", "id,amount\n7,1.25\n")
    project.write("data/dlt/raw/order_count.csv", "orders\n1\n")

    result = project.run()

    assert result.success, read.failure(result)
    assert rows(project) == [(7, 1.25)]
    assert service.requests == []
