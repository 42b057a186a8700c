"""Whether messages of runs can reach Slack: it takes a way to it and a channel, and one without the other sends nothing in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dagway.platform.model import Slack
from dagway.platform.values import reference

#: The two ways, in the order in which they are taken.
TOKEN, WEBHOOK = "SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL"
_CHANNEL = "SLACK_DEFAULT_CHANNEL"


@dataclass(frozen=True)
class Lack:
    """What is missing, and the mend."""

    what: str
    remedy: str


def lack(slack: Slack, locations: Iterable[Mapping[str, str]]) -> Lack | None:
    """What is missing where one half is there; None where all is, or nothing.

    Args:
        locations: the variables of each code location: one of them that has all is enough.
    """
    halves = [(_way(variables), _channel(slack, variables)) for variables in locations]
    found = next((half for half in halves if any(half)), None)
    if found is None or any(all(half) for half in halves):
        return None
    way, channel = found
    told = "so that Slack is not told of runs that fail."
    if not way:
        return Lack(f"Neither {TOKEN} nor {WEBHOOK} is set for {channel}, {told}", "Set one of them.")
    named = reference(slack.channel)
    return Lack(
        f"{way} is set and no channel is named, {told}",
        f'Set {named.variable if named else _CHANNEL}, or write `slack: {{channel: "#data"}}` in platform.yaml.',
    )


def _way(variables: Mapping[str, str]) -> str:
    return next((name for name in (TOKEN, WEBHOOK) if variables.get(name)), "")


def _channel(slack: Slack, variables: Mapping[str, str]) -> str:
    named = reference(slack.channel)
    return slack.channel if named is None else variables.get(named.variable) or named.default or ""
