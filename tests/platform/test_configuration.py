"""`dagster.yaml` and `workspace.yaml`: as Dagster itself reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance, DagsterRun
from dagster._core.instance.ref import InstanceRef

from dagway.platform.dagster_yaml import settings, text
from dagway.platform.home import Home
from dagway.platform.load import parse

_STOCK = {"storage": {"sqlite": {"base_dir": {"env": "DAGSTER_HOME"}}}}


def rendered(written: str) -> dict[str, Any]:
    return settings(parse("platform: 1\n" + written, Path("platform.yaml")))


def test_dagster_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = """
runs:
  most: 4
  longest: 2h
  retries: 1
  limits: [{tag: team, value: sales, most: 1}, {tag: customer, most: 1, each: true}]
pools: {default_limit: 3, granularity: run}
retention: {skipped: 1d}
"""
    (tmp_path / "dagster.yaml").write_text(text(rendered(written)))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.get() as instance:
        assert type(instance.run_launcher).__name__ == "WatchedRunLauncher"
        assert instance.run_launcher.supports_check_run_worker_health
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 4
        assert [limit.get("key") for limit in queue.tag_concurrency_limits] == ["team", "customer"]
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 7200
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 3
        assert not instance.telemetry_enabled
        instance.add_run(DagsterRun("quick", run_id="7d9c27c8-5b6a-4d0c-8d4f-2f2b6f8f4f10"))
        assert instance.run_retries_max_retries == 1
        assert (tmp_path / "history" / "runs.db").exists()
        assert "timeout=60" in vars(instance.run_storage)["_conn_string"]
    # The stock storage finds what ours has written: the same files.
    with DagsterInstance.from_ref(InstanceRef.from_dir(str(tmp_path), overrides=_STOCK)) as instance:
        assert type(instance.run_storage).__name__ == "SqliteRunStorage"
        assert instance.get_runs_count() == 1


def test_secrets_stay_variables() -> None:
    found = rendered("profile: postgres\n")["storage"]["postgres"]["postgres_db"]
    assert found["password"] == {"env": "DAGSTER_POSTGRES_PASSWORD"}
    assert found["username"] == {"env": "DAGSTER_POSTGRES_USER"}
    assert (
        rendered("profile: postgres\npostgres: {host: db, port: 5433}\n")["storage"]["postgres"][
            "postgres_db"
        ]["port"]
        == 5433
    )


def test_only_the_port_becomes_a_number(tmp_path: Path) -> None:
    """Dagster refuses a number where it wants a text."""
    written = 'profile: postgres\npostgres: {database: "2024", user: "007", password: "{{ env(\'PASS\') }}", port: "5433"}\n'
    found = rendered(written)["storage"]["postgres"]["postgres_db"]
    assert (found["db_name"], found["username"], found["port"]) == ("2024", "007", 5433)
    (tmp_path / "dagster.yaml").write_text(text(rendered(written)))
    # With a number this raises.
    taken = InstanceRef.from_dir(str(tmp_path)).storage_data
    assert taken is not None
    assert yaml.safe_load(taken.config_yaml)["postgres_db"]["db_name"] == "2024"


def test_engines_are_run_launchers() -> None:
    celery = rendered("runs: {engine: celery}\n")["run_launcher"]
    assert celery["class"] == "WatchedCeleryRunLauncher"
    assert celery["config"]["broker"] == {"env": "CELERY_BROKER_URL"}
    ray = rendered("runs: {engine: ray, cancel_within: 90s}\nray: {cpus: 2, variables: [SHOP_URL]}\n")[
        "run_launcher"
    ]
    assert ray["class"] == "WatchedRayRunLauncher"
    assert (ray["config"]["ray"]["address"], ray["config"]["ray"]["num_cpus"]) == ({"env": "RAY_ADDRESS"}, 2)
    handed = ray["config"]["ray"]["env_vars"]
    assert {"RAY_JOB_STOP_WAIT_TIME_S=90", "SHOP_URL", "DAGSTER_HOME", "PYTHONPATH"} <= set(handed)
    # An environment that writes to a schema of its own does so on Ray too.
    where = {"SCHEMA", "DATABASE", "ENVIRONMENT", "REGION", "DEMO", "PROFILE", "PLATFORM", "URL"}
    assert {f"DAGWAY_{name}" for name in where} <= set(handed)
    # Ray's dashboard shows them, and a run has the cluster's address from Ray itself.
    assert not {"DAGSTER_POSTGRES_PASSWORD", "RAY_ADDRESS", "DAGWAY_GIT_URL"} & set(handed)


def test_what_a_person_has_changed_stays(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path)
    assert home.write_settings("telemetry: {enabled: false}\n")
    assert home.write_settings("telemetry: {enabled: true}\n")
    assert yaml.safe_load(home.settings.read_text()) == {"telemetry": {"enabled": True}}
    home.settings.write_text(home.settings.read_text() + "nux: {enabled: false}\n")
    assert not home.write_settings("telemetry: {enabled: false}\n")
    assert "nux" in home.settings.read_text()


def test_nothing_of_a_home_shows_up_in_the_projects_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    home = Home.of(tmp_path, None, {})
    home.make()
    home.write_settings("telemetry: {enabled: false}\n")
    shown = subprocess.run(
        ["git", "-C", tmp_path, "status", "--short", "--untracked-files=all"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == ""
    assert {path.stat().st_mode & 0o777 for path in (home.dagster, home.platform, home.sockets)} == {0o700}
