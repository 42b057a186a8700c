"""The local Slack answers as Slack does, where alerts use it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from dagway.simulators.slack import slack_receiver

pytestmark = pytest.mark.integration
TOKEN = {"Authorization": "Bearer xoxb-1"}


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def message(url: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    sent = {"Content-Type": "application/json", **headers}
    _, text = post(f"{url}/api/chat.postMessage", json.dumps(body).encode(), sent)
    return json.loads(text)


def test_a_message_is_kept_and_answered() -> None:
    with slack_receiver() as receiver:
        answer = message(receiver.url, TOKEN, channel="#data", text="hello")
        form = urlencode({"channel": "#data", "text": "form"}).encode()
        post(f"{receiver.url}/api/chat.postMessage", form, TOKEN)

    assert answer["ok"]
    assert answer["channel"] == "#data"
    assert float(answer["ts"]) > 0
    assert [kept["text"] for kept in receiver.messages] == ["hello", "form"]


def test_what_slack_refuses_is_refused() -> None:
    with slack_receiver() as receiver:
        receiver.channels = {"#data"}
        errors = [
            message(receiver.url, {}, channel="#data", text="x"),
            message(receiver.url, {"Authorization": "Bearer no"}, channel="#data", text="x"),
            message(receiver.url, TOKEN, channel="#other", text="x"),
            message(receiver.url, TOKEN, channel="#data"),
        ]

    assert [found["error"] for found in errors] == [
        "not_authed",
        "invalid_auth",
        "channel_not_found",
        "no_text",
    ]
    assert receiver.messages == []


def test_an_incoming_webhook_is_answered_ok() -> None:
    with slack_receiver() as receiver:
        found = post(
            f"{receiver.url}/services/T/B/x", b'{"text": "hi"}', {"Content-Type": "application/json"}
        )

    assert found == (200, "ok")


def test_what_is_not_simulated_says_so() -> None:
    with slack_receiver() as receiver:
        status, text = post(f"{receiver.url}/api/users.list", b"", TOKEN)

    assert (status, text) == (501, "/api/users.list is not simulated.")
