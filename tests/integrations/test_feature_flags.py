"""Feature flags of a Google Sheet: what they open and close, against the simulator of its API."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
import requests

from dagway.components import FeatureFlags
from dagway.components.feature_flags.sheet import read as read_flags
from dagway.components.scaffolder import copy_example, example_of
from dagway.errors import DagwayError
from dagway.simulators.google_sheets import GoogleSheets
from dagway.simulators.service import Fault
from tests.raised import whole_message

pytestmark = pytest.mark.integration
PYTHON = """\
import dagster as dg


@dg.asset(group_name="beta")
def scores() -> int:
    return 7


@dg.asset(group_name="plain")
def summary(scores: int) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"scores": scores})


@dg.asset(group_name="plain", required_resource_keys={"feature_flags"})
def asks(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"on": context.resources.feature_flags.is_on("beta")})


@dg.asset(group_name="beta")
async def waits() -> int:
    return 8


@dg.multi_asset(specs=[dg.AssetSpec("streams", group_name="beta")])
async def streams():
    yield dg.MaterializeResult(asset_key="streams")


@dg.graph_asset(group_name="drawn")
def drawn() -> int:
    @dg.op
    def one() -> int:
        return 1

    return one()


@dg.multi_asset(specs=[dg.AssetSpec("left", group_name="half"), dg.AssetSpec("right")])
def both(): ...


nightly = dg.ScheduleDefinition(
    name="nightly", cron_schedule="0 3 * * *", target=dg.AssetSelection.assets("summary"),
)
"""


@pytest.fixture
def sheets() -> Iterator[GoogleSheets]:
    with GoogleSheets().running() as service:
        flags(service, True)
        yield service


def flags(service: GoogleSheets, beta: Any, **more: Any) -> None:
    rows = [
        ["enabled", "note", "flag"],
        [beta, "", "beta"],
        *([value, "", name] for name, value in more.items()),
    ]
    service.sheets = {"Flags": rows, "Other's": [["nothing"]]}


@pytest.fixture
def shop(project: Any, sheets: GoogleSheets) -> Any:
    project.model("marts/prices", "select 1 as id", checks=[{"unique": "id"}])
    project.model("marts/total", "select count(*) as n from marts.prices")
    project.write("PACKAGE/defs/python.py", PYTHON)
    gated(
        project,
        sheets,
        {"flag": "beta", "assets": "group:beta or key:marts/prices", "schedules": ["nightly"]},
    )
    return project


def gated(project: Any, service: GoogleSheets, *gates: dict[str, Any], **attributes: Any) -> None:
    known = {**service.credentials(), "api_url": service.url, "keep": 0, "patience": 5, "request_timeout": 2}
    project.component(".", "FeatureFlags", {**known, "gates": list(gates), **attributes})


def built(result: dg.ExecuteInProcessResult) -> list[str]:
    keys = [event.asset_key for event in result.get_asset_materialization_events()]
    return sorted(key.to_user_string() for key in keys if key)


ASSETS = "key:marts/* or group:beta or group:plain"
EVERYTHING = ["asks", "marts/prices", "marts/total", "scores", "streams", "summary", "waits"]


def test_a_flag_opens_and_closes_assets_without_a_reload(shop: Any, sheets: GoogleSheets, read: Any) -> None:
    on = shop.run(ASSETS)
    assert on.success, read.failure(on)
    assert built(on) == EVERYTHING
    assert (read.metadata(on, "summary"), read.metadata(on, "asks")) == ({"scores": 7}, {"on": True})
    assert read.checks(on)["unique_id"].passed

    flags(sheets, "FALSE")
    off = shop.run(ASSETS)
    assert off.success, read.failure(off)
    # What is closed builds nothing, and what stands on it is skipped.
    assert built(off) == ["asks"]
    assert read.metadata(off, "asks") == {"on": False}

    flags(sheets, "yes")
    assert built(shop.run(ASSETS)) == EVERYTHING


def test_ticks_of_a_closed_schedule_are_skipped_with_the_reason(shop: Any, sheets: GoogleSheets) -> None:
    repository = shop.load().get_repository_def()
    nightly = repository.get_schedule_def("nightly")

    def tick() -> Any:
        at = datetime(2024, 1, 1, 3, tzinfo=UTC)
        with dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository) as context:
            return nightly.evaluate_tick(context)

    assert len(tick().run_requests) == 1
    flags(sheets, beta=False)
    closed = tick()
    assert (closed.run_requests, closed.skip_message) == ([], "The feature flag beta is off.")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("values", status=429, retry_after=0), None),
        (Fault("values", status=500), None),
        (Fault("values", cut=True), None),
        (
            Fault("values", status=403),
            "The feature flag beta cannot be read: Google Sheets refuses the credentials: 403",
        ),
        (Fault("values", status=404), "Google Sheets refuses GET"),
        (Fault("token", status=400), "no token"),
    ],
)
def test_faults(shop: Any, sheets: GoogleSheets, read: Any, fault: Fault, told: str | None) -> None:
    sheets.faults.append(fault)

    result = shop.run("key:scores")

    assert result.success == (told is None)
    if told:
        assert told in " ".join(read.failure(result).split())
        assert built(result) == []
        assert "private_key" not in read.failure(result)
    assert shop.run("key:scores").success


def test_a_time_out_and_a_server_that_is_gone_are_told(project: Any, sheets: GoogleSheets, read: Any) -> None:
    project.write("PACKAGE/defs/python.py", PYTHON)
    gate = {"flag": "beta", "assets": "group:beta"}
    gated(project, sheets, gate, patience=1.5, request_timeout=1)
    sheets.faults += [Fault("values", delay=2.0)] * 3

    late = project.run("key:scores")

    assert not late.success
    assert "gave no answer to GET" in " ".join(read.failure(late).split())
    assert "it did not answer in time" in read.failure(late)
    sheets.faults.clear()
    gated(project, sheets, gate, api_url="http://127.0.0.1:1", patience=0.3)
    assert "gave no answer" in read.failure(project.run("key:scores"))
    gated(project, sheets, gate)
    assert project.run("key:scores").success


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"credentials_json": "{}"}, "no service account's key file"),
        ({"credentials_json": ""}, "The credentials of the feature flags are empty"),
        ({"sheet_url": "https://example.com/x"}, "is no address of a Google Sheet"),
        (
            {"sheet_url": "https://docs.google.com/spreadsheets/d/demo-spreadsheet/edit#gid=9"},
            "no sheet of that gid",
        ),
        (
            {"sheet_url": "https://docs.google.com/spreadsheets/d/other/edit"},
            "Requested entity was not found",
        ),
        (
            {"sheet_url": "https://docs.google.com/spreadsheets/d/demo-spreadsheet/edit#gid=1"},
            "no columns flag",
        ),
        ({"cells": "Nowhere!A:B"}, "Unable to parse range"),
        (
            {"gates": [{"flag": "gamma", "assets": "group:beta"}]},
            "has no flag 'gamma'. Add it, or correct the name: beta",
        ),
    ],
)
def test_wrong_settings_are_told(
    shop: Any, sheets: GoogleSheets, read: Any, changed: dict[str, Any], told: str
) -> None:
    gated(shop, sheets, {"flag": "beta", "assets": "group:beta"}, **changed)

    result = shop.run("key:scores")

    assert not result.success
    assert told in " ".join(read.failure(result).split())


def test_another_accounts_key_gets_no_token(shop: Any, sheets: GoogleSheets, read: Any) -> None:
    with GoogleSheets().running() as other:
        stolen = json.loads(other.credentials()["credentials_json"])
    credentials = json.dumps({**stolen, "token_uri": f"{sheets.url}/token"})
    gated(shop, sheets, {"flag": "beta", "assets": "group:beta"}, credentials_json=credentials)

    result = shop.run("key:scores")

    assert not result.success
    assert "no token" in read.failure(result)
    assert "invalid_grant" in read.failure(result)


@pytest.mark.parametrize(
    ("gates", "told"),
    [
        ([{"flag": "beta", "assets": "group:nowhere"}], "selects no asset"),
        (
            [{"flag": "beta", "schedules": ["hourly"]}],
            "There is no schedule hourly here. Known in this folder: nightly",
        ),
        ([{"flag": "beta", "assets": "group:half"}], "are built by one step, and only some of them"),
        ([{"flag": "beta", "assets": "group:drawn"}], "drawn is a graph, which cannot be gated"),
        (
            [{"flag": "a", "assets": "group:beta"}, {"flag": "b", "assets": "key:scores"}],
            "scores stands behind a and b",
        ),
    ],
)
def test_what_cannot_be_gated_is_refused_when_the_definitions_load(
    shop: Any, sheets: GoogleSheets, gates: list[dict[str, Any]], told: str
) -> None:
    gated(shop, sheets, *gates)

    with pytest.raises(Exception, match="Error") as error:
        shop.load()

    assert told in whole_message(error.value)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "but nothing"),
        ([["flag", "on"]], "but flag, on"),
        ([["flag", "enabled"], ["a", "perhaps"]], "row 2: a is 'perhaps'"),
        ([["flag", "enabled"], ["a", True], [], ["a", False]], "row 4: a is there twice"),
    ],
)
def test_a_sheet_that_is_no_table_of_flags_is_refused(rows: list[list[Any]], told: str) -> None:
    with pytest.raises(DagwayError, match=told):
        read_flags(rows, "The sheet")


def test_values_as_people_write_them() -> None:
    rows = [["Flag ", "ENABLED"], ["a", 1], ["b", "Off"], ["c"], ["", True], ["d", "TRUE"], ["e", 0.0]]
    assert read_flags(rows, "x") == {"a": True, "b": False, "c": False, "d": True, "e": False}


def test_the_example_runs(project: Any, read: Any) -> None:
    folder = project.root / project.package / "defs" / "example"
    folder.mkdir(parents=True)
    copy_example(example_of(FeatureFlags), folder, project.root, "dagway.components.FeatureFlags")

    result = project.run()

    assert result.success, read.failure(result)
    assert built(result) == ["pricing/prices"]


def test_the_simulator_answers_as_google_does(sheets: GoogleSheets) -> None:
    from google.auth.transport.requests import AuthorizedSession
    from google.oauth2 import service_account

    account: Any = service_account.Credentials
    info = json.loads(sheets.credentials()["credentials_json"])
    base = f"{sheets.url}/v4/spreadsheets/demo-spreadsheet"
    assert requests.get(base, timeout=5).json()["error"]["status"] == "UNAUTHENTICATED"
    wide = AuthorizedSession(
        account.from_service_account_info(info, scopes=["https://www.googleapis.com/auth/drive"])
    )
    with pytest.raises(Exception, match="invalid_scope"):
        wide.get(base)
    scopes = ["https://www.googleapis.com/auth/spreadsheets.readonly"]
    session = AuthorizedSession(account.from_service_account_info(info, scopes=scopes))

    names = [sheet["properties"]["title"] for sheet in session.get(base).json()["sheets"]]
    assert names == ["Flags", "Other's"]
    assert session.get(f"{base}/values/A1:C2").json()["values"] == [
        ["enabled", "note", "flag"],
        ["TRUE", "", "beta"],
    ]
    assert session.get(f"{base}/values/'Other''s'!A1").json()["values"] == [["nothing"]]
    assert "values" not in session.get(f"{base}/values/Flags!D:E").json()
    assert session.put(f"{base}/values/A1").status_code == 501
    sheets.shared = False
    assert session.get(base).json()["error"]["message"] == "The caller does not have permission"
