"""Alerts: what happened reaches people, with the run, the assets, the error and the owner."""

# Dagster and pyarrow leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway.components.alerts.events import Alert
from dagway.components.alerts.message import Message
from dagway.simulators.slack import slack_receiver
from dagway.simulators.webhook import webhook_receiver

pytestmark = pytest.mark.integration


def evaluate(project: Any, instance: dg.DagsterInstance, cursor: str | None = None) -> Any:
    """One tick of a polling sensor."""
    repository = project.load().get_repository_def()
    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
    return repository.get_sensor_def("on_call").evaluate_tick(context)


def run_status(project: Any, result: Any, instance: dg.DagsterInstance) -> Any:
    """What a run status sensor does with a finished run."""
    repository = project.load().get_repository_def()
    failed = not result.success
    kind = dg.DagsterEventType.RUN_FAILURE if failed else dg.DagsterEventType.RUN_SUCCESS
    (entry,) = instance.all_logs(result.run_id, of_type=kind)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert entry.dagster_event is not None
    context = dg.build_run_status_sensor_context(
        sensor_name="on_call",
        dagster_event=entry.dagster_event,
        dagster_instance=instance,
        dagster_run=run,
        repository_def=repository,
    )
    return repository.get_sensor_def("on_call")(context.for_run_failure() if failed else context)


def slack(project: Any, when: str, **attributes: Any) -> None:
    project.component(
        "alerts/on_call",
        "SlackAlert",
        {"name": "on_call", "when": when, "channel": "#data", "demo_mode": True, **attributes},
    )


def test_a_failed_run_is_told_once_with_all_that_helps(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.model("marts/a", "select nonsense", owners=["team:data"])
    slack(project, "run_failure")
    with slack_receiver() as receiver, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", receiver.url)
        result = project.run(instance=instance)
        run_status(project, result, instance)

    (message,) = receiver.messages
    assert message["channel"] == "#data"
    for part in (result.run_id, "marts/a", "nonsense", "team:data", "Run failed"):
        assert part in message["text"]


def test_a_run_of_other_assets_is_not_told(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.model("marts/a", "select 1 as x")
    project.model("marts/b", "select 1 as x")
    slack(project, "run_success", selection="marts/a")
    with slack_receiver() as receiver, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", receiver.url)
        run_status(project, project.run("key:marts/b", instance=instance), instance)
        assert receiver.messages == []
        run_status(project, project.run("key:marts/a", instance=instance), instance)
        assert len(receiver.messages) == 1


@pytest.mark.parametrize("log", ["one for all runs", "a file for each run"])
def test_a_failed_check_is_told_after_the_first_look(
    project: Any,
    monkeypatch: pytest.MonkeyPatch,
    log: str,
    tmp_path: Path,
    recwarn: pytest.WarningsRecorder,
) -> None:
    files = dg.DagsterInstance.local_temp(str(tmp_path))
    kept = dg.DagsterInstance.ephemeral() if log == "one for all runs" else files
    project.model("marts/a", "select 1 as x", checks=[{"range": {"column": "x", "min": 2}}, {"unique": "x"}])
    slack(project, "check_failure")
    with slack_receiver() as receiver, kept as instance:
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", receiver.url)
        first = evaluate(project, instance)
        project.run(instance=instance)
        second = evaluate(project, instance, first.cursor)
        third = evaluate(project, instance, second.cursor)

    assert third.skip_message == "No check failed."
    (message,) = receiver.messages
    assert "range_x failed" in message["text"]
    assert "marts/a" in message["text"]
    assert not [warning for warning in recwarn if "get_event_records" in str(warning.message)]


def test_a_stale_asset_is_told_once(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.model("marts/a", "select 1 as x", freshness="36h")
    slack(project, "freshness")
    with slack_receiver() as receiver, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", receiver.url)
        first = evaluate(project, instance)
        evaluate(project, instance, first.cursor)
        project.run(instance=instance)
        third = evaluate(project, instance, first.cursor)

    (message,) = receiver.messages
    assert "marts/a" in message["text"]
    assert third.cursor == "[]"


def test_a_deadline_by_cron_that_was_missed_is_told() -> None:
    """The policy of a person's own asset: a deadline every minute."""
    told: list[Message] = []
    alert = Alert("on_call", "freshness", None, None, 60, lambda message, _: told.append(message))

    @dg.asset(
        freshness_policy=dg.FreshnessPolicy.cron(
            deadline_cron="* * * * *", lower_bound_delta=timedelta(minutes=1)
        )
    )
    def prices() -> None: ...

    repository = dg.Definitions([prices], sensors=[alert.sensor()]).get_repository_def()

    def look(cursor: str | None) -> Any:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        return repository.get_sensor_def("on_call").evaluate_tick(context)

    with dg.DagsterInstance.ephemeral() as instance:
        first = look(None)
        dg.materialize([prices], instance=instance)
        assert look(first.cursor).cursor == "[]"
    assert [(message.assets, message.error) for message in told] == [
        (("prices",), "It was never materialized.")
    ]


def test_slack_is_tried_again_when_it_asks_for_patience(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.model("marts/a", "select 1 as x")
    slack(project, "run_success")
    with slack_receiver() as receiver, dg.DagsterInstance.ephemeral() as instance:
        receiver.failures = ["ratelimited", "503"]
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", receiver.url)
        run_status(project, project.run(instance=instance), instance)

    assert len(receiver.messages) == 1
    assert receiver.failures == []


def test_a_refusal_says_what_slack_says(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.model("marts/a", "select 1 as x")
    slack(project, "run_success")
    with slack_receiver() as receiver, dg.DagsterInstance.ephemeral() as instance:
        receiver.channels = {"#other"}
        monkeypatch.setenv("DAGWAY_DEMO_SLACK_URL", receiver.url)
        with pytest.raises(Exception, match="channel_not_found"):
            run_status(project, project.run(instance=instance), instance)


def test_a_webhook_gets_json(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.model("marts/a", "select 1 as x")
    with webhook_receiver() as receiver, dg.DagsterInstance.ephemeral() as instance:
        project.component(
            "alerts/on_call",
            "WebhookAlert",
            {"name": "on_call", "when": "run_success", "url": f"{receiver.url}/hook"},
        )
        run_status(project, project.run(instance=instance), instance)

    (message,) = receiver.messages
    assert message["assets"] == ["marts/a"]
    assert message["alert"] == "on_call"


def test_no_way_to_slack_is_named(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    monkeypatch.delenv("SLACK_WEBHOOK_URL", raising=False)
    project.model("marts/a", "select 1 as x")
    slack(project, "run_success", demo_mode=False)
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(Exception, match="SLACK_BOT_TOKEN"):
        run_status(project, project.run(instance=instance), instance)
