"""Fivetran's connections as assets: in demo mode, and against a Fivetran that misbehaves."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster_fivetran.resources import FivetranClient
from state_backed import change, keys, refresh, refused

import dagway.components
from dagway._dagster.fivetran_client import Client
from dagway.components.scaffolder import copy_example, example_of
from dagway.errors import DagwayError
from dagway.simulators.fivetran import Connection, Fivetran, Group
from dagway.simulators.service import Fault

pytestmark = pytest.mark.integration
CUSTOMERS = "select 1 as id, 'Ada' as name"


@pytest.fixture
def account() -> Iterator[Fivetran]:
    """A Fivetran that lands two tables of a shop."""
    tables = {"customers": ["id", "name"], "orders": ["id"]}
    service = Fivetran(groups=[Group(connections=[Connection("c1", "shop", tables)])])
    with service.running():
        yield service


def connect(project: Any, account: Fivetran, **attributes: Any) -> None:
    """The component as in production, at the simulator's address; the warehouse holds what Fivetran landed before."""
    workspace = {
        **account.credentials(),
        "api_url": account.url,
        "poll_interval": 0.05,
        "request_timeout": 5,
        "patience": 20,
    }
    project.component("shop", "Fivetran", {"workspace": workspace, **attributes})
    with project.warehouse.session() as session:
        session.create_table("shop.customers", CUSTOMERS)
        session.create_table("shop.orders", "select 10 as id union all select 11")


def example(project: Any) -> None:
    folder = project.root / project.package / "defs" / "fivetran"
    folder.mkdir(parents=True)
    component = dagway.components.Fivetran
    copy_example(example_of(component), folder, project.root, "dagway.components.Fivetran")


def test_the_example_runs_without_credentials(project: Any, read: Any) -> None:
    example(project)

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(project) == {"fivetran_raw/customers", "fivetran_raw/orders"}
    assert project.rows("select id, amount from fivetran_raw.orders where amount = 12.5") == [(10, 12.5)]
    assert read.metadata(result, "fivetran_raw/customers")["dagster/row_count"] == 2
    assert {name: check.passed for name, check in read.checks(result).items()} == {
        "unique_id": True,
        "not_null_email": True,
    }
    assert project.load().resolve_job_def("fivetran_setup_tests").execute_in_process().success


def test_one_table_can_be_chosen_and_its_connection_syncs_whole(project: Any, read: Any) -> None:
    example(project)

    result = project.run('key:"fivetran_raw/orders"')

    assert result.success, read.failure(result)
    assert read.checks(result) == {}
    assert read.metadata(result, "fivetran_raw/orders")["dagster/row_count"] == 3
    assert project.rows("select count(*) from fivetran_raw.customers") == [(2,)]


def test_a_sync_is_waited_for_and_told(project: Any, read: Any, account: Fivetran) -> None:
    connect(
        project, account, tables=[{"name": "customers", "checks": [{"unique": "id"}], "owners": ["team:crm"]}]
    )
    refresh(project)

    result = project.run()

    assert result.success, read.failure(result)
    assert account.connection("shop").syncs == 1
    assert account.connection("shop").succeeded_at
    assert account.connection("shop").schedule_type == "manual"
    assert read.metadata(result, "shop/orders")["dagster/row_count"] == 2
    assert read.metadata(result, "shop/orders")["dagster-fivetran/connector_id"] == "c1"
    assert read.checks(result)["unique_id"].passed


def test_every_page_is_read(project: Any, account: Fivetran) -> None:
    account.largest_page = 2
    account.groups[0].connections += [Connection(f"x{n}", f"extra_{n}", {"t": ["id"]}) for n in range(4)]
    account.groups += [
        Group(f"g{n}", connections=[Connection(f"y{n}", f"other_{n}", {"t": ["id"]})]) for n in range(3)
    ]
    connect(project, account, excluded_connectors=["extra_0", "y1"])
    refresh(project)

    expected = {"extra_1/t", "extra_2/t", "extra_3/t", "other_0/t", "other_2/t"}
    assert keys(project) == {"shop/customers", "shop/orders", *expected}


def test_one_source_names_all_tables_unless_two_have_one_name(project: Any, account: Fivetran) -> None:
    connect(project, account, source="fivetran_raw")
    refresh(project)
    assert keys(project) == {"fivetran_raw/customers", "fivetran_raw/orders"}

    account.groups[0].connections.append(Connection("c2", "till", {"orders": ["id"]}))
    refresh(project)

    assert "shop.orders and till.orders, and both would be the asset" in refused(project)


def test_attributes_of_a_table_that_is_not_there_are_refused(project: Any, account: Fivetran) -> None:
    connect(project, account, tables=[{"name": "ordrs"}])
    refresh(project)

    assert "lands no table ordrs" in refused(project)


def test_a_subclass_flattens_keys_as_it_likes(project: Any, account: Fivetran) -> None:
    connect(project, account)
    project.write(
        "PACKAGE/custom.py",
        """
from dagster_fivetran.translator import FivetranConnectorTableProps
from dagway.components import Fivetran
import dagster as dg

class CustomFivetranComponent(Fivetran):
    \"\"\"Fivetran component with flattened asset keys for dbt compatibility.\"\"\"

    def get_asset_spec(self, props: FivetranConnectorTableProps) -> dg.AssetSpec:
        base_spec = super().get_asset_spec(props)
        original_key = base_spec.key.path
        table_name = original_key[-1]
        flattened_key = dg.AssetKey(["fivetran_raw", table_name])
        return base_spec.replace_attributes(key=flattened_key)
""",
    )
    file = project.root / project.package / "defs" / "shop" / "defs.yaml"
    text = file.read_text().replace(
        "dagway.components.Fivetran", f"{project.package}.custom.CustomFivetranComponent"
    )
    file.write_text(text)
    refresh(project)

    assert keys(project) == {"fivetran_raw/customers", "fivetran_raw/orders"}
    assert project.run().success


def test_wrong_credentials_are_refused_at_once(project: Any, account: Fivetran) -> None:
    connect(project, account)
    change(project, api_secret="wrong")

    with pytest.raises(DagwayError, match="refuses the credentials: 401") as error:
        refresh(project)

    assert "Correct api_key and api_secret" in str(error.value)
    assert len(account.requests) == 1


def test_missing_credentials_are_named(project: Any, account: Fivetran) -> None:
    connect(project, account)
    change(project, api_key="{{ env.NO_SUCH_KEY }}")

    with pytest.raises(DagwayError, match="api_key or api_secret is empty"):
        refresh(project)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after=1),
        Fault(status=500),
        Fault(cut=True),
        Fault(path="schemas", cut=True),
    ],
    ids=["busy", "broken", "half_a_page", "half_a_schema"],
)
def test_a_passing_trouble_is_waited_out(project: Any, account: Fivetran, fault: Fault) -> None:
    connect(project, account)
    account.faults.append(fault)
    started = time.monotonic()

    refresh(project)

    assert keys(project) == {"shop/customers", "shop/orders"}
    assert time.monotonic() - started >= (fault.retry_after or 0)
    assert account.faults == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("force", 429, retry_after=3600), "429 Too Many Requests"),
        (Fault("force", 500), "500 Internal Server Error"),
        (Fault("force", delay=1.0), "it did not answer in time"),
        (Fault("force", cut=True), "its answer ended half way"),
    ],
    ids=["busy", "broken", "time_out", "half_an_answer"],
)
def test_a_lasting_trouble_fails_and_loses_nothing(
    project: Any, read: Any, account: Fivetran, fault: Fault, said: str
) -> None:
    connect(project, account)
    refresh(project)
    change(project, patience=0.5, request_timeout=0.3)
    account.faults += [fault] * 20

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert result.get_asset_materialization_events() == []
    assert project.rows("select count(*) from shop.customers") == [(1,)]

    account.faults.clear()
    change(project, patience=20, request_timeout=5)
    assert project.run().success


def test_a_failed_sync_fails_and_the_next_repairs_it(project: Any, read: Any, account: Fivetran) -> None:
    connect(project, account)
    refresh(project)
    account.connection("shop").outcome = "failed"

    assert "Sync for connector 'c1' failed" in read.failure(project.run())

    account.connection("shop").outcome = "succeeded"
    assert project.run().success


def test_a_paused_connection_is_no_success(project: Any, read: Any, account: Fivetran) -> None:
    connect(project, account)
    refresh(project)
    account.connection("shop").paused = True

    assert "connection c1 is paused" in read.failure(project.run())


def test_a_sync_that_does_not_end_is_given_up(project: Any, read: Any, account: Fivetran) -> None:
    connect(project, account)
    refresh(project)
    change(project, sync_timeout=0.3)
    account.connection("shop").looks = 10_000

    assert "timed out" in read.failure(project.run())


def test_a_table_that_is_no_longer_landed_is_no_success(project: Any, read: Any, account: Fivetran) -> None:
    connect(project, account)
    refresh(project)
    account.connection("shop").tables = {"customers": ["id", "name"], "refunds": ["id"]}

    failure = read.failure(project.run())

    assert "no longer lands shop/orders" in failure
    refresh(project)
    assert keys(project) == {"shop/customers", "shop/refunds"}


def test_a_synced_table_that_is_not_in_the_warehouse_fails(
    project: Any, read: Any, account: Fivetran
) -> None:
    connect(project, account)
    refresh(project)
    with project.warehouse.session() as session:
        session.execute("drop table shop.orders")

    assert "the warehouse has no such table" in read.failure(project.run())


def test_an_account_without_connections_is_an_error(project: Any, account: Fivetran) -> None:
    connect(project, account)
    account.connection("shop").tables = {}

    with pytest.raises(DagwayError, match="shows no connection that is set up"):
        refresh(project)


def test_failed_setup_tests_are_named(project: Any, account: Fivetran) -> None:
    connect(project, account, setup_tests={"cron_schedule": "0 5 * * *"})
    refresh(project)
    broken = Connection(
        "c2", "crm", {"t": ["id"]}, setup_state="broken", failing={"Validate Login": "Token expired."}
    )
    account.groups[0].connections.append(broken)
    job = project.load().resolve_job_def("fivetran_setup_tests")

    result = job.execute_in_process(raise_on_error=False)

    assert not result.success
    failed = next(event for event in result.all_events if event.is_step_failure)
    assert "1 setup tests of Fivetran failed: crm: Validate Login (Token expired)" in str(
        failed.step_failure_data.error
    )


def test_a_killed_run_is_repaired_by_the_next(
    project: Any, read: Any, account: Fivetran, tmp_path: Path
) -> None:
    connect(project, account)
    refresh(project)
    account.connection("shop").looks = 10_000
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "import dagster as dg\n"
        "from dagway.components.warehouse import DuckDBWarehouse\n"
        "from pathlib import Path\n"
        "defs = dg.load_from_defs_folder(path_within_project=Path('.').resolve())\n"
        f"warehouse = DuckDBWarehouse(database={str(project.root / 'data/warehouse.duckdb')!r})\n"
        "job = dg.define_asset_job('all', '*')\n"
        "both = dg.Definitions.merge(defs, dg.Definitions(jobs=[job], resources={'warehouse': warehouse}))\n"
        "both.resolve_job_def('all').execute_in_process()\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script], cwd=project.root, env={**os.environ}, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while account.connection("shop").sync_state != "syncing" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert account.connection("shop").sync_state == "syncing"
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()

    assert project.rows("select count(*) from shop.customers") == [(1,)]
    account.connection("shop").looks = 1
    result = project.run()
    assert result.success, read.failure(result)
    assert account.connection("shop").syncs == 2


@pytest.mark.parametrize("name", ["_make_request", "_make_and_handle_request", "_make_connector_request"])
def test_what_our_client_replaces_is_still_there(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(one, name)) for one in (Client, FivetranClient))

    assert list(ours.parameters) == list(theirs.parameters), f"Dagster changed FivetranClient.{name}"
