"""Fivetran's simulator, asked as its documentation says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from dagway.simulators.fivetran import Connection, Fivetran, Group
from dagway.simulators.service import Fault

pytestmark = pytest.mark.integration
LOGIN = ("demo_key", "demo_secret")


@pytest.fixture
def fivetran() -> Iterator[Fivetran]:
    shops = [Connection(f"c{number}", f"shop_{number}", {"orders": ["id"]}) for number in range(5)]
    with Fivetran(groups=[Group(connections=shops)]).running() as service:
        yield service


def ask(
    service: Fivetran, method: str, path: str, login: tuple[str, str] = LOGIN, **more: Any
) -> requests.Response:
    return requests.request(method, f"{service.url}/v1/{path}", auth=login, timeout=5, **more)


def test_wrong_credentials_are_401_with_code_and_message(fivetran: Fivetran) -> None:
    found = ask(fivetran, "GET", "groups", ("demo_key", "wrong"))

    assert found.status_code == 401
    assert found.json() == {"code": "AuthFailed", "message": "The credentials are missing or wrong."}


def test_a_listing_comes_in_pages(fivetran: Fivetran) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        data = ask(fivetran, "GET", "groups/demo_group/connections", params=params).json()["data"]
        seen += [item["id"] for item in data["items"]]
        if "next_cursor" not in data:
            break
        params["cursor"] = data["next_cursor"]

    assert seen == ["c0", "c1", "c2", "c3", "c4"]
    assert ask(fivetran, "GET", "groups", params={"limit": 0}).status_code == 400
    assert ask(fivetran, "GET", "groups", params={"cursor": "no"}).status_code == 400


def test_a_sync_goes_through_its_states(fivetran: Fivetran) -> None:
    fivetran.connection("shop_0").looks = 1

    assert ask(fivetran, "POST", "connections/c0/sync", json={"force": True}).json()["code"] == "Success"

    looks = [ask(fivetran, "GET", "connectors/c0").json()["data"] for _ in range(2)]
    assert [look["status"]["sync_state"] for look in looks] == ["syncing", "scheduled"]
    assert [look["succeeded_at"] is not None for look in looks] == [False, True]


def test_a_sync_under_way_is_only_begun_anew_by_force(fivetran: Fivetran) -> None:
    for body in ({}, {}, {"force": True}):
        ask(fivetran, "POST", "connections/c0/sync", json=body)

    assert fivetran.connection("c0").syncs == 2
    assert ask(fivetran, "POST", "connections/c0/resync").status_code == 409


def test_a_paused_connection_does_not_sync(fivetran: Fivetran) -> None:
    changed = ask(fivetran, "PATCH", "connections/c0", json={"paused": True}).json()["data"]

    assert changed["status"]["sync_state"] == "paused"
    assert ask(fivetran, "POST", "connections/c0/sync").status_code == 409


def test_setup_tests_say_what_failed(fivetran: Fivetran) -> None:
    fivetran.connection("c1").failing = {"Validate Login": "Invalid login credentials."}

    tests = ask(fivetran, "POST", "connections/c1/test").json()["data"]["setup_tests"]

    assert {test["title"]: test["status"] for test in tests} == {
        "Validate Login": "FAILED",
        "Test Connection": "PASSED",
    }


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("connections/none", "NotFound_Connector"),
        ("groups/none", "NotFound_Group"),
        ("groups/none/connections", "NotFound_Group"),
        ("destinations/none", "NotFound_Destination"),
        ("connections/c0/schemas/shop_0/tables/none/columns", "NotFound_Table"),
    ],
)
def test_what_is_not_there_is_404(fivetran: Fivetran, path: str, code: str) -> None:
    found = ask(fivetran, "GET", path)

    assert (found.status_code, found.json()["code"]) == (404, code)


def test_what_is_not_simulated_is_501(fivetran: Fivetran) -> None:
    found = ask(fivetran, "POST", "webhooks/account")

    assert found.status_code == 501
    assert "POST /v1/webhooks/account of Fivetran is not simulated" in found.json()["message"]


def test_faults_happen_once(fivetran: Fivetran) -> None:
    fivetran.faults += [Fault("groups", 429, retry_after=7), Fault("groups", cut=True)]

    busy = ask(fivetran, "GET", "groups")
    with pytest.raises(requests.RequestException):
        ask(fivetran, "GET", "groups")

    assert (busy.status_code, busy.headers["Retry-After"], busy.json()["code"]) == (
        429,
        "7",
        "TooManyRequests",
    )
    assert ask(fivetran, "GET", "groups").ok
