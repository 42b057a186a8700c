"""A message to a channel of Slack: by a bot's token, or else by an incoming webhook."""

from __future__ import annotations

import json
import os

from dagway.components.alerts.post import PATIENCE, post
from dagway.errors import DagwayError

API = "https://slack.com/api/chat.postMessage"


def tell(channel: str, text: str, patience: float = PATIENCE) -> None:
    """Sends it as `SLACK_BOT_TOKEN` or `SLACK_WEBHOOK_URL` say; tries again for `patience` seconds where Slack is not ready.

    Raises:
        DagwayError: neither is set, or Slack refuses or does not answer.
    """
    if token := os.environ.get("SLACK_BOT_TOKEN"):
        by_token(API, token, channel, text, patience)
    elif url := os.environ.get("SLACK_WEBHOOK_URL"):
        post(url, {"channel": channel, "text": text}, patience=patience)
    else:
        raise DagwayError(
            f"There is no way to Slack for {channel}.", "Set SLACK_BOT_TOKEN or SLACK_WEBHOOK_URL."
        )


def by_token(api: str, token: str, channel: str, text: str, patience: float = PATIENCE) -> None:
    """Sends it through the method at `api`.

    Raises:
        DagwayError: Slack refuses or does not answer.
    """
    headers = {"Authorization": f"Bearer {token}"}
    answer = json.loads(post(api, {"channel": channel, "text": text}, headers, patience))
    if not answer.get("ok"):
        raise DagwayError(
            f"Slack refuses the message to {channel}: {answer.get('error')}.",
            "Check the token's rights (chat:write) and that the bot is in the channel.",
        )
