"""The local servers that stand in for the outside while a project is proven."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from dagway.prototype.model import Plan
from dagway.simulators.slack import SlackReceiver, slack_receiver
from dagway.simulators.webhook import WebhookReceiver, webhook_receiver

OBJECT_STORES = {"s3", "gcs", "azure"}


@dataclass(frozen=True)
class Receivers:
    """Where the alerts' messages arrive."""

    slack: SlackReceiver
    webhook: WebhookReceiver


@contextmanager
def simulators(plan: Plan | None, *, demo: bool) -> Generator[Receivers]:
    """Starts what the plan needs and says in the environment where it is.

    Alerts always go to local receivers: a proof must not wake people.
    """
    with ExitStack() as stack:
        if demo and plan and any(asset.integration in OBJECT_STORES for asset in plan.assets):
            from dagway.simulators.object_store import s3_server

            os.environ["DAGWAY_DEMO_S3_URL"] = stack.enter_context(s3_server())
        slack, webhook = stack.enter_context(slack_receiver()), stack.enter_context(webhook_receiver())
        os.environ["DAGWAY_DEMO_SLACK_URL"] = slack.url
        os.environ["DAGWAY_DEMO_WEBHOOK_URL"] = webhook.url
        yield Receivers(slack, webhook)
