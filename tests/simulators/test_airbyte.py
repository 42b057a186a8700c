"""Airbyte's simulator, asked as its documentation says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from dagway.simulators.airbyte import CONFIGURATION, PUBLIC, Airbyte, Connection

pytestmark = pytest.mark.integration


@pytest.fixture
def airbyte() -> Iterator[Airbyte]:
    connections = [Connection(f"c{number}", f"shop_{number}", {"orders": ["id"]}) for number in range(3)]
    with Airbyte(connections=connections).running() as service:
        yield service


def ask(
    service: Airbyte, method: str, path: str, token: str = "demo_token", **more: Any
) -> requests.Response:
    address = path if path.startswith("http") else f"{service.url}{PUBLIC}/{path}"
    return requests.request(method, address, headers={"Authorization": f"Bearer {token}"}, timeout=5, **more)


def test_a_token_is_given_for_id_and_secret(airbyte: Airbyte) -> None:
    url, client = f"{airbyte.url}{PUBLIC}/applications/token", {"client_id": "demo_client"}

    given = requests.post(url, json={**client, "client_secret": "demo_secret"}, timeout=5).json()

    assert ask(airbyte, "GET", "workspaces/demo-workspace", given["access_token"]).ok
    assert requests.post(url, json={**client, "client_secret": "wrong"}, timeout=5).status_code == 401
    assert ask(airbyte, "GET", "workspaces", "wrong").json()["title"] == "unauthorized"


def test_a_listing_names_its_next_page(airbyte: Airbyte) -> None:
    first = ask(airbyte, "GET", "connections", params={"limit": 2, "workspaceIds": "demo-workspace"}).json()
    last = ask(airbyte, "GET", first["next"]).json()

    assert [item["connectionId"] for item in first["data"]] == ["c0", "c1"]
    assert ([item["connectionId"] for item in last["data"]], last["next"]) == (["c2"], "")
    assert ask(airbyte, "GET", "connections", params={"limit": 0}).status_code == 400


def test_a_job_goes_through_its_states(airbyte: Airbyte) -> None:
    started = ask(airbyte, "POST", "jobs", json={"connectionId": "c1", "jobType": "sync"}).json()
    second = ask(airbyte, "POST", "jobs", json={"connectionId": "c1", "jobType": "sync"})

    states = [ask(airbyte, "GET", f"jobs/{started['jobId']}").json()["status"] for _ in range(3)]

    assert (started["status"], second.status_code) == ("pending", 409)
    assert states == ["pending", "running", "succeeded"]
    assert [
        job["jobId"] for job in ask(airbyte, "GET", "jobs", params={"connectionId": "c1"}).json()["data"]
    ] == [1]


def test_a_job_can_be_cancelled(airbyte: Airbyte) -> None:
    number = ask(airbyte, "POST", "jobs", json={"connectionId": "c0", "jobType": "sync"}).json()["jobId"]

    assert ask(airbyte, "DELETE", f"jobs/{number}").json()["status"] == "cancelled"
    assert ask(airbyte, "POST", "jobs", json={"connectionId": "c0", "jobType": "sync"}).ok


def test_the_catalogue_of_streams_is_known(airbyte: Airbyte) -> None:
    url = f"{airbyte.url}{CONFIGURATION}/connections/get"

    [stream] = ask(airbyte, "POST", url, json={"connectionId": "c0"}).json()["syncCatalog"]["streams"]

    assert (stream["stream"]["name"], stream["config"]["selected"]) == ("orders", True)
    assert ask(airbyte, "POST", url, json={"connectionId": "none"}).status_code == 404


def test_what_is_not_there_or_not_simulated_is_said(airbyte: Airbyte) -> None:
    assert ask(airbyte, "GET", "destinations/none").json()["title"] == "resource-not-found"
    assert ask(airbyte, "POST", "jobs", json={"connectionId": "c0", "jobType": "reset"}).status_code == 501
    assert (
        "DELETE /api/public/v1/connections/c0 of Airbyte is not"
        in ask(airbyte, "DELETE", "connections/c0").text
    )
