"""Airbyte's connections as assets: in demo mode, and against an Airbyte that misbehaves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from dagster_airbyte.resources import AirbyteClient
from state_backed import change, keys, refresh, refused

import dagway.components
from dagway._dagster.airbyte_client import Client
from dagway.components.scaffolder import copy_example, example_of
from dagway.errors import DagwayError
from dagway.simulators.airbyte import CONFIGURATION, PUBLIC, Airbyte, Connection
from dagway.simulators.service import Fault

pytestmark = pytest.mark.integration


@pytest.fixture
def service() -> Iterator[Airbyte]:
    """An Airbyte that lands two tables of a shop."""
    streams = {"customers": ["id", "name"], "orders": ["id"]}
    with Airbyte(connections=[Connection("c1", "shop", streams, "shop")]).running() as airbyte:
        yield airbyte


def connect(project: Any, service: Airbyte, **attributes: Any) -> None:
    """The component as in production, at the simulator's address; the warehouse holds what Airbyte landed before."""
    workspace = {
        **service.credentials(),
        "rest_api_base_url": service.url + PUBLIC,
        "configuration_api_base_url": service.url + CONFIGURATION,
        "poll_interval": 0.05,
        "request_timeout": 5,
        "patience": 20,
    }
    project.component("shop", "Airbyte", {"workspace": workspace, **attributes})
    with project.warehouse.session() as session:
        session.create_table("shop.customers", "select 1 as id, 'Ada' as name")
        session.create_table("shop.orders", "select 10 as id union all select 11")


def test_the_example_runs_without_credentials(project: Any, read: Any) -> None:
    folder = project.root / project.package / "defs" / "airbyte"
    folder.mkdir(parents=True)
    component = dagway.components.Airbyte
    copy_example(example_of(component), folder, project.root, "dagway.components.Airbyte")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select sum(amount) from airbyte_raw.payments") == [(120.4,)]
    assert read.metadata(result, "airbyte_raw/payments")["dagster/row_count"] == 3
    assert {check.passed for check in read.checks(result).values()} == {True}


def test_a_sync_is_waited_for_and_told(project: Any, read: Any, service: Airbyte) -> None:
    connect(project, service, source="raw", tables=[{"name": "shop.orders", "checks": [{"unique": "id"}]}])
    refresh(project)

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(project) == {"raw/customers", "raw/orders"}
    assert [service.connection("shop").state(job) for job in service.connection("shop").jobs] == ["succeeded"]
    assert read.metadata(result, "raw/orders")["dagster/row_count"] == 2
    assert read.checks(result)["unique_id"].passed


def test_every_page_is_read(project: Any, service: Airbyte) -> None:
    service.largest_page = 2
    service.connections += [Connection(f"x{n}", f"extra_{n}", {"t": ["id"]}, f"extra_{n}") for n in range(4)]
    connect(project, service, excluded_connections=["extra_0", "x1"])
    refresh(project)

    assert keys(project) == {"shop/customers", "shop/orders", "extra_2/t", "extra_3/t"}


def test_wrong_credentials_are_refused_at_once(project: Any, service: Airbyte) -> None:
    connect(project, service)
    change(project, client_secret="wrong")

    with pytest.raises(
        DagwayError, match="Airbyte refuses the credentials: 401 Unauthorized, The client's id"
    ):
        refresh(project)

    assert len(service.requests) == 1


def test_half_of_the_credentials_is_named(project: Any, service: Airbyte) -> None:
    connect(project, service)
    change(project, client_secret="{{ env.NO_SUCH_KEY }}")

    with pytest.raises(DagwayError, match="client_id or client_secret is empty"):
        refresh(project)


@pytest.mark.parametrize(
    "fault",
    [Fault("connections", status=429, retry_after=1), Fault(status=500), Fault("connections", cut=True)],
    ids=["busy", "broken", "half_a_page"],
)
def test_a_passing_trouble_is_waited_out(project: Any, service: Airbyte, fault: Fault) -> None:
    connect(project, service)
    service.faults.append(fault)

    refresh(project)

    assert keys(project) == {"shop/customers", "shop/orders"}
    assert service.faults == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("jobs", 429, retry_after=3600), "429 Too Many Requests"),
        (Fault("jobs", delay=1.0), "it did not answer in time"),
    ],
    ids=["busy", "time_out"],
)
def test_a_lasting_trouble_fails_and_loses_nothing(
    project: Any, read: Any, service: Airbyte, fault: Fault, said: str
) -> None:
    connect(project, service)
    refresh(project)
    change(project, patience=0.5, request_timeout=0.3)
    service.faults += [fault] * 20

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert result.get_asset_materialization_events() == []
    assert project.rows("select count(*) from shop.customers") == [(1,)]

    service.faults.clear()
    change(project, patience=20, request_timeout=5)
    assert project.run().success


def test_a_failed_job_fails_and_the_next_repairs_it(project: Any, read: Any, service: Airbyte) -> None:
    connect(project, service)
    refresh(project)
    service.connection("shop").outcome = "failed"
    assert "Job failed: 1" in read.failure(project.run())

    service.connection("shop").outcome = "succeeded"
    assert project.run().success


def test_a_job_that_was_left_behind_is_waited_for(project: Any, service: Airbyte) -> None:
    """As after a kill: Airbyte still works on what a step that is gone had started."""
    connect(project, service)
    change(project, sync_timeout=0.3, cancel_on_termination=False)
    refresh(project)
    service.connection("shop").looks = 100_000
    assert not project.run().success

    [left] = service.connection("shop").jobs
    service.connection("shop").looks = left.looks + 3
    change(project, sync_timeout=60)
    assert project.run().success
    assert service.connection("shop").jobs == [left]


def test_a_job_that_does_not_end_is_cancelled(project: Any, read: Any, service: Airbyte) -> None:
    connect(project, service)
    change(project, sync_timeout=0.3)
    refresh(project)
    service.connection("shop").looks = 100_000

    assert "Timeout: Airbyte job 1" in read.failure(project.run())
    assert service.connection("shop").jobs[0].cancelled


def test_a_changed_catalogue_is_no_success(project: Any, read: Any, service: Airbyte) -> None:
    connect(project, service)
    refresh(project)
    service.connection("shop").streams = {"customers": ["id"], "refunds": ["id"]}

    assert "no longer lands shop/orders" in read.failure(project.run())

    refresh(project)
    assert keys(project) == {"shop/customers", "shop/refunds"}


def test_an_empty_workspace_is_an_error(project: Any, service: Airbyte) -> None:
    connect(project, service)
    service.connections.clear()

    with pytest.raises(DagwayError, match="shows no connection that is set up"):
        refresh(project)


def test_attributes_of_a_table_that_is_not_there_are_refused(project: Any, service: Airbyte) -> None:
    connect(project, service, tables=[{"name": "ordrs"}])
    refresh(project)

    assert "Airbyte lands no table ordrs" in refused(project)


@pytest.mark.parametrize("name", ["_single_request", "_paginated_request"])
def test_what_our_client_replaces_is_still_there(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(one, name)) for one in (Client, AirbyteClient))

    assert list(ours.parameters) == list(theirs.parameters), f"Dagster changed AirbyteClient.{name}"
