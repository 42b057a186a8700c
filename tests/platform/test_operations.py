"""Links to code, freshness for all, messages of failures, and the daily report."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import subprocess
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway.operations import with_operations
from dagway.platform.code_references import checkout
from dagway.platform.health_report import examine
from dagway.platform.run_news import TOLD, run_news
from dagway.simulators.slack import SlackReceiver, slack_receiver

CODE = """\
import dagster as dg

fails = {"now": True}


@dg.asset(owners=["team:sales"])
def orders() -> None:
    if fails["now"]:
        raise ValueError("the till is empty")


@dg.asset(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=__import__("datetime").timedelta(hours=1)))
def fresh() -> None: ...


@dg.asset_check(asset="orders")
def is_counted() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False)


defs = dg.Definitions(assets=[orders, fresh], asset_checks=[is_counted], jobs=[dg.define_asset_job("shop", "orders")])
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of a project in a git repository, in the working directory."""
    import importlib.util

    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "platform.yaml").write_text("platform: 1\nfreshness: 36h\n")
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    remote = "https://user:token@github.com/shop/data.git"
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    for name in ("DAGWAY_PLATFORM", "DAGWAY_GIT_URL", "DAGWAY_GIT_COMMIT", "SLACK_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    spec = importlib.util.spec_from_file_location("shop_code", tmp_path / "code.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_links_lead_to_the_commit_that_runs(module: Any, tmp_path: Path) -> None:
    defs = with_operations(module.defs)
    repository = defs.get_repository_def()
    (reference,) = (
        repository.assets_defs_by_key[dg.AssetKey("orders")]
        .specs_by_key[dg.AssetKey("orders")]
        .metadata["dagster/code_references"]
        .code_references
    )
    found = checkout(tmp_path)
    assert found is not None
    assert len(found.commit) == 40
    assert reference.url == f"https://github.com/shop/data/tree/{found.commit}/code.py#L6"
    assert "token" not in reference.url


def test_assets_without_a_policy_get_the_platforms(module: Any) -> None:
    assets = with_operations(module.defs).get_repository_def().assets_defs_by_key
    windows = {
        name: assets[dg.AssetKey(name)].get_asset_spec(dg.AssetKey(name)).freshness_policy
        for name in ("orders", "fresh")
    }
    assert windows["orders"] == dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))
    assert windows["fresh"] == dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1))


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Generator[SlackReceiver]:
    with slack_receiver() as receiver:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", f"{receiver.url}/services/T/B/X")
        monkeypatch.setenv("DAGWAY_URL", "http://127.0.0.1:3001")
        yield receiver


class Watch:
    """The sensor, tick by tick, as the daemon does."""

    def __init__(self, defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self.sensor = run_news("#data")
        self._repository = defs.get_repository_def()
        self._instance = instance
        self._cursor: str | None = None

    def tick(self) -> None:
        context = dg.build_sensor_context(
            self._instance, cursor=self._cursor, repository_def=self._repository, sensor_name=self.sensor.name
        )
        self._cursor = self.sensor.evaluate_tick(context).cursor


def run(defs: dg.Definitions, instance: dg.DagsterInstance) -> str:
    job = defs.resolve_job_def("shop")
    return job.execute_in_process(instance=instance, raise_on_error=False).run_id


def test_a_failure_and_a_recovery_are_told_once(module: Any, slack: SlackReceiver) -> None:
    with dg.instance_for_test() as instance:
        watch = Watch(module.defs, instance)
        watch.tick()
        failed = run(module.defs, instance)
        slack.failures += ["ratelimited", "503"]
        watch.tick()
        watch.tick()
        (message,) = slack.messages
        assert message["channel"] == "#data"
        assert message["text"].startswith(
            f"*Run failed*: <http://127.0.0.1:3001/runs/{failed}|shop {failed[:8]}>\n"
            "Assets: <http://127.0.0.1:3001/assets/orders|orders>\nOwners: team:sales\n"
        )
        assert "the till is empty" in message["text"]

        module.fails["now"] = False
        run(module.defs, instance)
        run(module.defs, instance)
        watch.tick()
        watch.tick()
        assert [one["text"].split(":")[0] for one in slack.messages] == [
            "*Run failed*",
            "*Run succeeds again*",
        ]


def test_a_run_of_other_assets_is_no_recovery(module: Any, slack: SlackReceiver) -> None:
    job = dg.Definitions(assets=module.defs.assets).resolve_implicit_global_asset_job_def()

    def materialize(name: str) -> None:
        job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=[dg.AssetKey(name)])

    with dg.instance_for_test() as instance:
        watch = Watch(module.defs, instance)
        watch.tick()
        materialize("orders")
        materialize("fresh")
        watch.tick()
        assert [one["text"].split(":")[0] for one in slack.messages] == ["*Run failed*"]
        module.fails["now"] = False
        materialize("orders")
        watch.tick()
        assert [one["text"].split(":")[0] for one in slack.messages] == [
            "*Run failed*",
            "*Run succeeds again*",
        ]


def test_a_message_that_slack_did_not_take_comes_later_once(
    module: Any, slack: SlackReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagway.platform.run_news._PATIENCE", 0.1)
    with dg.instance_for_test() as instance:
        watch = Watch(module.defs, instance)
        watch.tick()
        failed = run(module.defs, instance)
        slack.failures += ["500"] * 10
        watch.tick()
        assert slack.messages == []
        slack.failures.clear()
        watch.tick()
        # A daemon that was killed before it kept the cursor looks at the run again.
        watch._cursor = None  # pyright: ignore[reportPrivateUsage]
        watch.tick()
        watch.tick()
        assert len(slack.messages) == 1
        kept = instance.get_run_by_id(failed)
        assert kept is not None
        assert kept.tags[TOLD] == "failure"


def test_the_report_names_what_wants_attention(module: Any) -> None:
    defs = with_operations(module.defs)
    with dg.instance_for_test() as instance:
        run(module.defs, instance)
        module.fails["now"] = False
        run(module.defs, instance)
        found = examine(instance, defs.get_repository_def(), datetime.now(UTC))
        assert found.runs == {"FAILURE": 1, "SUCCESS": 1}
        assert found.failed == {"shop": 1}
        assert found.stale == {"fresh": "It was never materialized."}
        assert found.failed_checks == ("orders: is_counted",)
        assert "- shop: 1 times" in found.markdown()
