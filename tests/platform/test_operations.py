"""Links to code, freshness for all, messages of failures, and the daily report."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import subprocess
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway.operations import with_operations
from dagway.platform import run_news as run_news_module
from dagway.platform.code_references import checkout
from dagway.platform.health_report import examine
from dagway.platform.run_news import TOLD, News, run_news
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
        self.cursor: str | None = None

    def tick(self) -> None:
        context = dg.build_sensor_context(
            self._instance, cursor=self.cursor, repository_def=self._repository, sensor_name=self.sensor.name
        )
        self.cursor = self.sensor.evaluate_tick(context).cursor


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
        before = watch.cursor
        watch.tick()
        # A daemon that was killed before it kept the cursor looks at the run again.
        watch.cursor = before
        watch.tick()
        watch.tick()
        assert len(slack.messages) == 1
        kept = instance.get_run_by_id(failed)
        assert kept is not None
        assert kept.tags[TOLD] == "failure"


def test_nothing_of_a_message_is_taken_for_slacks_own_words() -> None:
    failed = dg.DagsterRun("a<b", run_id="7d9c27c8-5b6a-4d0c-8d4f-2f2b6f8f4f10")
    error = "<!channel> & <class 'int'> ```not the end"
    told = News("Run failed", failed, ("a b|<c>",), ("team:<here>",), "http://ui", error).text()
    assert told == (
        "*Run failed*: <http://ui/runs/7d9c27c8-5b6a-4d0c-8d4f-2f2b6f8f4f10|a&lt;b 7d9c27c8>\n"
        "Assets: <http://ui/assets/a%20b%7C%3Cc%3E|a b|&lt;c&gt;>\n"
        "Owners: team:&lt;here&gt;\n"
        "```&lt;!channel&gt; &amp; &lt;class 'int'&gt; ` ` `not the end```"
    )
    assert News("Run failed", failed, (), (), "").text() == "*Run failed*: a&lt;b 7d9c27c8"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the pages of runs that were read."""
    found, ended = list[int](), run_news_module._ended  # pyright: ignore[reportPrivateUsage]

    def counted(*words: Any, **named: Any) -> Any:
        page = ended(*words, **named)
        found.append(len(page))
        return page

    monkeypatch.setattr(run_news_module, "_ended", counted)
    return found


def test_a_look_reads_two_pages_and_the_next_goes_on(
    module: Any, slack: SlackReceiver, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_news_module, "_PAGE", 2)
    with dg.instance_for_test() as instance:
        watch = Watch(module.defs, instance)
        watch.tick()
        failed = [run(module.defs, instance) for _ in range(5)]
        for number in (2, 4, 5):
            reads.clear()
            watch.tick()
            assert max(reads) <= 2
            assert len(reads) == 2
            assert [one["text"].partition("runs/")[2][:36] for one in slack.messages] == failed[:number]
        for _ in range(10):
            watch.tick()
        assert len(slack.messages) == 5


def test_one_that_comes_late_is_told_behind_many_others(
    module: Any, slack: SlackReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state that another process has written a while ago, as far as its time goes, shows up now."""
    monkeypatch.setattr(run_news_module, "_PAGE", 2)
    with dg.instance_for_test() as instance:
        watch = Watch(module.defs, instance)
        watch.tick()
        late = run(module.defs, instance)
        event = instance.all_logs(late, of_type=dg.DagsterEventType.RUN_FAILURE)[0]
        began = dg.DagsterEvent("PIPELINE_START", "shop")
        instance.run_storage.handle_run_event(late, began)
        for _ in range(5):
            run(module.defs, instance)
        for _ in range(5):
            watch.tick()
        assert late not in str(slack.messages)
        assert event.dagster_event is not None
        then = datetime.fromtimestamp(event.timestamp, UTC)
        instance.run_storage.handle_run_event(late, event.dagster_event, then)
        for _ in range(5):
            watch.tick()
        assert str(slack.messages).count(f"runs/{late}") == 1
        assert len(slack.messages) == 6


def test_a_look_that_takes_long_keeps_how_far_it_came(
    module: Any, slack: SlackReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.instance_for_test() as instance:
        watch = Watch(module.defs, instance)
        watch.tick()
        failed = [run(module.defs, instance) for _ in range(3)]
        # Each message takes more than a look has.
        ahead, now, told = [0.0], time.monotonic, run_news_module.slack.tell
        monkeypatch.setattr(time, "monotonic", lambda: now() + ahead[0])

        def slow(*words: Any) -> None:
            told(*words)
            ahead[0] += 60.0

        monkeypatch.setattr(run_news_module.slack, "tell", slow)
        for number in (1, 2, 3):
            watch.tick()
            assert [one["text"].partition("runs/")[2][:36] for one in slack.messages] == failed[:number]


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
