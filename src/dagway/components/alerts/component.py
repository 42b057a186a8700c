"""The components of alerts."""

import os
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import dagster as dg

from dagway.components.alerts import slack
from dagway.components.alerts.events import Alert, When
from dagway.components.alerts.message import Message
from dagway.components.alerts.post import post
from dagway.components.attributes import Block, Demonstrable
from dagway.components.resolving import plain, text
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class Alerting(Demonstrable):
    """What alerts have in common."""

    name: Annotated[str, text("The alert's name, which is the sensor's.")]
    when: Annotated[
        When,
        plain("What happened.", Literal["run_failure", "run_success", "check_failure", "freshness"]),
    ]
    selection: Annotated[str | None, text("Only for these assets; for all if left out.")] = None
    description: Annotated[str | None, text("Who reads it.")] = None
    every: Annotated[int, plain("Seconds between two looks.", int)] = 30

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        alert = Alert(self.name, self.when, self.selection, self.description, self.every, self.send)
        return dg.Definitions(sensors=[alert.sensor()])

    def send(self, message: Message, log: Any) -> None:
        """Deliver a message.

        Raises:
            DagwayError: it cannot be delivered.
        """
        raise NotImplementedError


@dataclass(kw_only=True)
class SlackAlert(Alerting, Block, dg.Resolvable):
    """A message in a Slack channel, by a bot's token or an incoming webhook.

    `SLACK_BOT_TOKEN` or else `SLACK_WEBHOOK_URL` says how. In demo mode it goes to the receiver at
    `DAGWAY_DEMO_SLACK_URL`, or to the log if there is none.
    """

    channel: Annotated[str, text("The channel, `#name`.")]

    def send(self, message: Message, log: Any) -> None:
        if not self.in_demo:
            slack.tell(self.channel, message.text())
        elif base := os.environ.get("DAGWAY_DEMO_SLACK_URL"):
            slack.by_token(
                f"{base.rstrip('/')}/api/chat.postMessage", "xoxb-demo", self.channel, message.text()
            )
        else:
            log.info(f"Demo mode, not sent to {self.channel}:\n{message.text()}")


@dataclass(kw_only=True)
class WebhookAlert(Alerting, Block, dg.Resolvable):
    """A JSON message to an address; in demo mode to `DAGWAY_DEMO_WEBHOOK_URL`, or to the log if there is none."""

    url: Annotated[str | None, text("The address, as `{{ env('NAME') }}`; not needed in demo mode.")] = None

    def send(self, message: Message, log: Any) -> None:
        url = os.environ.get("DAGWAY_DEMO_WEBHOOK_URL") if self.in_demo else self.url
        if url:
            post(url, {"alert": self.name, "when": self.when, **message.to_json()})
        elif self.in_demo:
            log.info(f"Demo mode, not sent:\n{message.text()}")
        else:
            raise DagwayError(f"The alert {self.name} has no address.", "Set the variable that `url` names.")
