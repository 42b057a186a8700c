"""Dagster's two configuration files from a platform's configuration. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from dagway.platform.environment import CLUSTER
from dagway.platform.known import KNOWN
from dagway.platform.model import Celery, PlatformConfig, Ray, Runs, seconds
from dagway.platform.services import Served
from dagway.platform.values import reference

#: The driver that Dagster's storage is written for: SQLAlchemy 2.1 takes another where none is named, and NOTIFY fails.
POSTGRES_SCHEME = "postgresql+psycopg2"
_DAY = 86400
#: Seconds between two looks at the run queue; Dagster's own are 5.
_DEQUEUE = 1
#: How often a queued run is tried whose code server does not answer, and seconds between: five minutes.
_TRIES, _BETWEEN = 60, 5
_WORKERS = 4
#: Variables that a run on Ray gets beside those that `dagway env` shows.
_HANDED_ON = ("PYTHONPATH", "DAGSTER_IS_DEV_CLI")


def settings(config: PlatformConfig) -> dict[str, Any]:
    """The content of `dagster.yaml`. No secret is in it: values of variables are left to Dagster, which reads them."""
    runs = config.runs
    return {
        "storage": _storage(config),
        "run_launcher": _launcher(config),
        "run_queue": {
            "dequeue_interval_seconds": _DEQUEUE,
            "dequeue_use_threads": True,
            # A run whose code server is being started again waits for it; else it would fail at once.
            "max_user_code_failure_retries": _TRIES,
            "user_code_failure_retry_delay": _BETWEEN,
        },
        "concurrency": {
            "runs": {"max_concurrent_runs": runs.most, "tag_concurrency_limits": limits(runs)},
            "pools": _without_none(
                {"default_limit": config.pools.default_limit, "granularity": config.pools.granularity}
            ),
        },
        "run_monitoring": {
            "enabled": True,
            "start_timeout_seconds": seconds(runs.start_within),
            "cancel_timeout_seconds": seconds(runs.cancel_within),
            "max_runtime_seconds": seconds(runs.longest),
            "max_resume_run_attempts": 0,
            "poll_interval_seconds": seconds(runs.look_every),
            # Slots of a run that ended without freeing them.
            "free_slots_after_run_end_seconds": seconds(runs.look_every),
        },
        "run_retries": {"enabled": True, "max_retries": runs.retries},
        "retention": {kind: _ticks(config) for kind in ("schedule", "sensor", "auto_materialize")},
        # One slow evaluation does not hold up the others.
        "schedules": {"use_threads": True, "num_workers": _WORKERS},
        "sensors": {"use_threads": True, "num_workers": _WORKERS},
        "auto_materialize": {"use_threads": True, "num_workers": _WORKERS},
        "telemetry": {"enabled": config.telemetry},
        # The dialogue that asks for an address to send news to.
        "nux": {"enabled": config.telemetry},
    }


def text(content: dict[str, Any]) -> str:
    """As YAML."""
    return yaml.safe_dump(content, sort_keys=False)


def workspace(served: Sequence[Served]) -> dict[str, Any]:
    """The content of `workspace.yaml`: where each location's code server is."""
    return {"load_from": [{"grpc_server": _server(one)} for one in served]}


def _server(one: Served) -> dict[str, Any]:
    place = {"socket": one.socket} if one.socket else {"host": one.host, "port": one.port}
    return {"location_name": one.name, **place}


def _storage(config: PlatformConfig) -> dict[str, Any]:
    if config.profile == "embedded":
        here = {"base_dir": {"env": "DAGSTER_HOME"}}
        return {
            "custom": {"module": "dagway._dagster.sqlite_storage", "class": "SqliteStorage", "config": here}
        }
    database = config.postgres
    values = {
        "username": database.user,
        "password": database.password,
        "hostname": database.host,
        "db_name": database.database,
        "port": database.port,
    }
    given = {name: _value(value) for name, value in values.items()}
    if isinstance(given["port"], str):
        # As a text Dagster refuses it; any other value of digits, such as a name, is a text.
        given["port"] = int(given["port"]) if given["port"].isdecimal() else given["port"]
    return {"postgres": {"postgres_db": {**given, "scheme": POSTGRES_SCHEME}}}


def _value(written: str) -> Any:
    """A text, or the variable that Dagster is to read."""
    named = reference(written)
    return {"env": named.variable} if named else written


def _launcher(config: PlatformConfig) -> dict[str, Any]:
    match config.runs.engine:
        case "celery":
            return _celery(config.celery)
        case "ray":
            return _ray(config.ray, config.runs)
        case "kubernetes":
            return {"module": "dagster_k8s", "class": "K8sRunLauncher", "config": {}}
        case "warm":
            return {"module": "dagway._dagster.watched_launcher", "class": "WatchedRunLauncher", "config": {}}


def _celery(celery: Celery) -> dict[str, Any]:
    config = {
        "default_queue": celery.queue,
        "broker": _value(celery.broker),
        "backend": _value(celery.backend),
    }
    launcher = "dagway._dagster.watched_celery_launcher"
    return {"module": launcher, "class": "WatchedCeleryRunLauncher", "config": config}


def _ray(ray: Ray, runs: Runs) -> dict[str, Any]:
    """Which variables a run gets is said by name: the daemon, which submits it, has their values."""
    # Ray's own 3 seconds are little for a run that has to end what it began.
    patience = f"RAY_JOB_STOP_WAIT_TIME_S={seconds(runs.cancel_within)}"
    known = (one.name for one in KNOWN if one.shown and one.name != CLUSTER)
    names = dict.fromkeys((*_HANDED_ON, *known, *ray.variables))
    config = {"address": _value(ray.address), "num_cpus": ray.cpus, "env_vars": [patience, *names]}
    launcher = "dagway._dagster.watched_ray_launcher"
    return {"module": launcher, "class": "WatchedRayRunLauncher", "config": {"ray": config}}


def limits(runs: Runs) -> list[dict[str, Any]]:
    """Limits by tag, as Dagster writes them."""
    return [
        _without_none(
            {
                "key": limit.tag,
                "value": {"applyLimitPerUniqueValue": True} if limit.each else limit.value,
                "limit": limit.most,
            }
        )
        for limit in runs.limits
    ]


def _ticks(config: PlatformConfig) -> dict[str, Any]:
    kept = config.retention
    days = {"skipped": kept.skipped, "success": kept.success, "failure": kept.failure}
    return {"purge_after_days": {name: max(1, seconds(value) // _DAY) for name, value in days.items()}}


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
