"""Hightouch's and Census' simulators, asked as their documentation says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from dagway.simulators import census, hightouch
from dagway.simulators.census import Census
from dagway.simulators.hightouch import Hightouch

pytestmark = pytest.mark.integration


@pytest.fixture
def hightouches() -> Iterator[Hightouch]:
    with Hightouch(
        syncs=[hightouch.Sync(str(number), f"s{number}", rows=4) for number in range(3)]
    ).running() as it:
        yield it


@pytest.fixture
def censuses() -> Iterator[Census]:
    with Census(syncs=[census.Sync(number, rows=4, invalid=1) for number in range(1, 4)]).running() as it:
        yield it


def ask(service: Any, method: str, path: str, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {service.key}"}
    return requests.request(method, f"{service.url}/api/v1/{path}", headers=headers, timeout=5, **more)


def test_a_run_of_hightouch_goes_through_its_states(hightouches: Hightouch) -> None:
    hightouches.sync("1").rejected = 1
    number = ask(hightouches, "POST", "syncs/1/trigger").json()["id"]

    runs = [
        ask(hightouches, "GET", "syncs/1/runs", params={"runId": number}).json()["data"][0] for _ in range(4)
    ]

    assert [run["status"] for run in runs] == ["queued", "querying", "processing", "warning"]
    assert [run["querySize"] for run in runs] == [None, 4, 4, 4]
    assert runs[3]["successfulRows"]["addedCount"] == 3
    assert runs[3]["failedRows"]["addedCount"] == 1
    assert ask(hightouches, "POST", "syncs/trigger", json={"syncSlug": "s2"}).json() == {"id": "1"}


def test_hightouch_lists_in_pages(hightouches: Hightouch) -> None:
    first = ask(hightouches, "GET", "syncs", params={"limit": 2}).json()
    last = ask(hightouches, "GET", "syncs", params={"limit": 2, "offset": 2}).json()

    assert ([item["id"] for item in first["data"]], first["hasMore"]) == (["0", "1"], True)
    assert ([item["id"] for item in last["data"]], last["hasMore"]) == (["2"], False)
    assert ask(hightouches, "GET", "syncs", params={"limit": "x"}).status_code == 422


def test_a_run_of_census_goes_through_its_states(censuses: Census) -> None:
    number = ask(censuses, "POST", "syncs/2/trigger", json={"force_full_sync": True}).json()["data"][
        "sync_run_id"
    ]

    runs = [ask(censuses, "GET", f"sync_runs/{number}").json()["data"] for _ in range(3)]

    assert [run["status"] for run in runs] == ["queued", "working", "completed"]
    assert [run["records_processed"] for run in runs] == [None, None, 3]
    assert runs[2]["full_sync"]
    assert ask(censuses, "GET", "syncs/2/sync_runs").json()["data"][0]["id"] == number


def test_census_lists_in_pages(censuses: Census) -> None:
    last = ask(censuses, "GET", "syncs", params={"per_page": 2, "page": 2}).json()

    assert [item["id"] for item in last["data"]] == [3]
    assert (last["pagination"]["prev_page"], last["pagination"]["next_page"]) == (1, None)
    assert last["pagination"]["last_page"] == 2


def test_census_takes_its_token_as_a_password_too(censuses: Census) -> None:
    found = requests.get(f"{censuses.url}/api/v1/sources/1", auth=("bearer", "demo_key"), timeout=5)

    assert found.json()["data"]["type"] == "snowflake"


@pytest.mark.parametrize("name", ["hightouches", "censuses"])
def test_what_is_wrong_is_said(name: str, request: pytest.FixtureRequest) -> None:
    service: Any = request.getfixturevalue(name)

    assert requests.get(f"{service.url}/api/v1/syncs", timeout=5).status_code == 401
    assert ask(service, "GET", "syncs/99").status_code == 404
    assert ask(service, "GET", "destinations/99").status_code == 404
    missing = ask(service, "DELETE", "syncs/1")
    assert missing.status_code == 501
    assert f"DELETE /api/v1/syncs/1 of {service.title} is not simulated" in missing.json()["message"]
