"""Every kind of alert is set off by a real event, on Dagster's stock storage, and looked for at its receiver."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway.components import SlackAlert, WebhookAlert
from dagway.components.alerts.component import Alerting
from dagway.project.read import read
from dagway.prototype.model import Plan, PlannedAlert
from dagway.prototype.prove.alerts import prove
from dagway.prototype.prove.model import AlertEvidence
from dagway.prototype.prove.simulated import Receivers
from dagway.simulators.slack import slack_receiver
from dagway.simulators.webhook import webhook_receiver

pytestmark = pytest.mark.integration

FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))


class Silent(SlackAlert):
    """An alert that tells nobody."""

    def send(self, message: Any, log: Any) -> None:
        pass


class Refusing(SlackAlert):
    """An alert that sends and then fails: the daemon would send it again and again."""

    def send(self, message: Any, log: Any) -> None:
        super().send(message, log)
        raise ValueError("no such channel")


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> Generator[Receivers]:
    with slack_receiver() as slack, webhook_receiver() as webhook:
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", slack.url)
        monkeypatch.setenv("DAGWAY_DEMO_WEBHOOK_URL", webhook.url)
        yield Receivers(slack, webhook)


def proven(
    component: Alerting, receivers: Receivers, policy: dg.FreshnessPolicy | None = FRESH
) -> AlertEvidence:
    """What the proof says of the alert, in a project of two assets of which the second has the policy."""
    orders = dg.AssetSpec("orders")

    @dg.asset(freshness_policy=policy, deps=[orders])
    def revenue() -> None: ...

    context: Any = None
    sensors = component.build_defs(context).sensors
    repository = dg.Definitions(assets=[orders, revenue], sensors=sensors).get_repository_def()
    slack, webhook = ("#data", None) if isinstance(component, SlackAlert) else (None, "https://example.com")
    alert = PlannedAlert(component.name, component.when, slack, webhook, component.selection, "", "")
    plan = Plan("shop", "", "UTC", "duckdb", "duckdb", (), (), (), (alert,), (), ())
    (found,) = prove(read(repository, "shop", Path()), plan, repository, receivers)
    return found


@pytest.mark.parametrize("component", [SlackAlert, WebhookAlert])
@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("run_failure", "Run failed"),
        ("run_success", "Run succeeded"),
        ("check_failure", "Check dagway_alert_probe failed"),
        ("freshness", "Asset is stale"),
    ],
)
def test_an_alert_arrives_with_what_happened(
    component: type[Any], when: Any, told: str, receivers: Receivers
) -> None:
    where: dict[str, Any] = {"channel": "#data"} if component is SlackAlert else {}
    found = proven(component(name="on_call", when=when, selection='key:"revenue"', **where), receivers)
    assert found.received, found.summary
    assert found.text is not None
    assert found.text.startswith(told)
    assert "revenue" in found.text
    assert ("Job: dagway_alert_probe" in found.text) == (when != "freshness")


def test_an_alert_to_another_channel_is_not_received(receivers: Receivers) -> None:
    found = proven(SlackAlert(name="on_call", when="run_failure", channel="#random"), receivers)
    assert (found.received, found.channel) == (False, "#random")
    assert "which should be #data" in found.summary


def test_an_alert_that_tells_nobody_is_not_received(receivers: Receivers) -> None:
    found = proven(Silent(name="on_call", when="run_failure", channel="#data"), receivers)
    assert (found.received, found.summary) == (False, "nothing arrived at the receiver")


@pytest.mark.parametrize("when", ["run_failure", "check_failure"])
def test_an_alert_that_fails_after_its_message_is_not_received(when: Any, receivers: Receivers) -> None:
    found = proven(Refusing(name="on_call", when=when, channel="#data"), receivers)
    assert not found.received
    assert "no such channel" in found.summary


def test_an_alert_about_staleness_needs_a_policy(receivers: Receivers) -> None:
    found = proven(SlackAlert(name="on_call", when="freshness", channel="#data"), receivers, policy=None)
    assert not found.received
    assert "no asset with a freshness policy" in found.summary
