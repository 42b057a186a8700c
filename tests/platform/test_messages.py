"""Messages to Slack that are half set up: said by `dagway doctor` and by `dagway up`."""

from __future__ import annotations

from pathlib import Path

import pytest
from served_platform import project

from dagway.platform.doctor import Finding, examine
from dagway.platform.load import LoadedPlatform, find
from dagway.platform.messages import lack
from dagway.platform.model import Slack
from dagway.platform.up import prepare, running

WAY, CHANNEL = (
    {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/X"},
    {"SLACK_DEFAULT_CHANNEL": "#data"},
)
NOTHING = dict[str, str]()
WHAT = "SLACK_WEBHOOK_URL is set and no channel is named, so that Slack is not told of runs that fail."


@pytest.mark.parametrize(
    ("locations", "what"),
    [
        ([NOTHING], ""),
        ([{**WAY, **CHANNEL}], ""),
        ([WAY], "SLACK_WEBHOOK_URL is set and no channel is named"),
        ([{"SLACK_BOT_TOKEN": "xoxb-1", **WAY}], "SLACK_BOT_TOKEN is set and no channel is named"),
        ([CHANNEL], "Neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set for #data"),
        ([NOTHING, WAY], "SLACK_WEBHOOK_URL is set and no channel is named"),
        # One of them tells of all.
        ([WAY, {**WAY, **CHANNEL}], ""),
    ],
)
def test_a_half_is_named_and_a_whole_is_not(locations: list[dict[str, str]], what: str) -> None:
    found = lack(Slack(), locations)
    assert (found.what if found else "").startswith(what)
    assert bool(found) == bool(what)


def test_the_mend_names_the_variable_that_platform_yaml_does() -> None:
    found = lack(Slack(channel="{{ env('SHOP_CHANNEL') }}"), [WAY])
    assert found is not None
    assert "Set SHOP_CHANNEL" in found.remedy
    assert lack(Slack(channel="#shop"), [WAY]) is None


def test_doctor_and_up_say_it(tmp_path: Path) -> None:
    platform = find(project(tmp_path))
    whole, half = {**WAY, **CHANNEL}, dict(WAY)
    remedy = 'Set SLACK_DEFAULT_CHANNEL, or write `slack: {channel: "#data"}` in platform.yaml.'
    assert Finding("warning", WHAT, remedy) in examine(platform, half)
    assert not [one for one in examine(platform, whole) if "Slack" in one.what]
    assert said_at_the_start(platform, whole) == []
    assert said_at_the_start(platform, half) == [f"{WHAT} {remedy}"]
    assert (tmp_path / ".dagway/platform/logs/platform.log").read_text().count(WHAT) == 1


def said_at_the_start(platform: LoadedPlatform, variables: dict[str, str]) -> list[str]:
    """What `dagway up` says of Slack."""
    told = list[str]()
    with running(prepare(platform, variables), lambda _who, line: told.append(line)):
        return [line for line in told if "Slack" in line]
