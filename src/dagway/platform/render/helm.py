"""Values for Dagster's own Helm chart: the image for every service, secrets by name."""

from __future__ import annotations

from typing import Any

import yaml

from dagway.errors import DagwayError
from dagway.platform import dagster_yaml
from dagway.platform.dagster_yaml import POSTGRES_SCHEME
from dagway.platform.model import Celery, PlatformConfig, Pools, seconds
from dagway.platform.render.deployment import HOME, Deployment, EntryPoint, Files
from dagway.platform.render.docker import docker
from dagway.platform.values import reference, resolved

_TAG = "latest"


def helm(deployment: Deployment) -> Files:
    """`values.yaml` for the chart `dagster/dagster`, and the image's files.

    Raises:
        DagwayError: the configuration says what the chart has no value for.
    """
    _check(deployment.config)
    text = (
        "# Written by `dagway render helm`, for the chart dagster/dagster:\n"
        f"#   helm upgrade --install {deployment.name} dagster/dagster -f values.yaml\n"
        f"# The secret {_secret(deployment)} holds postgresql-password and the other secret variables.\n"
    )
    return {
        "values.yaml": text + yaml.safe_dump(_values(deployment), sort_keys=False, width=120),
        **docker(deployment),
    }


def _check(config: PlatformConfig) -> None:
    """Refuses what the chart's values cannot say: it would be dropped in silence."""
    said = {
        "runs: longest": config.runs.longest is not None,
        "pools": config.pools != Pools(),
        "webserver: login: password": config.webserver.login == "password",
        "runs: engine: ray": config.runs.engine == "ray",
        "celery: broker": config.celery.broker != Celery().broker,
        "celery: backend": config.celery.backend != Celery().backend,
    }
    if dropped := [name for name, is_said in said.items() if is_said]:
        raise DagwayError(
            f"The values of Dagster's chart cannot say {', '.join(f'`{name}`' for name in dropped)} of platform.yaml.",
            "Leave it to the other profiles: write it below `profiles: {postgres: …}`. A run's own length is its tag"
            " dagster/max_runtime; limits of pools are set in the UI; an ingress can ask for a log-in;"
            " the chart's own Redis is the broker.",
        )


def _values(deployment: Deployment) -> dict[str, Any]:
    config = deployment.config
    image = {"repository": deployment.name, "tag": _TAG, "pullPolicy": "IfNotPresent"}
    secrets = [{"name": _secret(deployment)}]
    return {
        "dagsterHome": str(HOME),
        "global": {"postgresqlSecretName": _secret(deployment)},
        "generatePostgresqlPasswordSecret": False,
        "telemetry": {"enabled": config.telemetry},
        "dagsterWebserver": {
            "image": image,
            # Within the cluster only; people come through an ingress with a log-in.
            "service": {"type": "ClusterIP", "port": 80},
            "envSecrets": secrets,
        },
        "dagster-user-deployments": {
            "enabled": True,
            "enableSubchart": True,
            "deployments": [_server(one, image, secrets) for one in deployment.code_servers],
        },
        "runLauncher": _launcher(deployment, secrets),
        "dagsterDaemon": {
            "enabled": True,
            "image": image,
            "envSecrets": secrets,
            "runCoordinator": {
                "enabled": True,
                "type": "QueuedRunCoordinator",
                "config": {
                    "queuedRunCoordinator": {
                        "maxConcurrentRuns": config.runs.most,
                        "tagConcurrencyLimits": dagster_yaml.limits(config.runs),
                        "dequeueIntervalSeconds": 1,
                    }
                },
            },
            "runMonitoring": {
                "enabled": True,
                "startTimeoutSeconds": seconds(config.runs.start_within),
                "cancelTimeoutSeconds": seconds(config.runs.cancel_within),
                "maxResumeRunAttempts": 0,
                "pollIntervalSeconds": seconds(config.runs.look_every),
            },
            "runRetries": {"enabled": True, "maxRetries": config.runs.retries},
        },
        "retention": {
            "enabled": True,
            **{kind: _ticks(deployment) for kind in ("schedule", "sensor", "autoMaterialize")},
        },
        "postgresql": _postgresql(deployment),
        "rabbitmq": {"enabled": False},
        "redis": {"enabled": config.runs.engine == "celery"},
    }


def _server(one: EntryPoint, image: dict[str, str], secrets: list[dict[str, str]]) -> dict[str, Any]:
    """The chart starts `dagster code-server` with these words: a run is a pod of its own, so there is nothing to keep warm."""
    return {
        "name": one.name.replace("_", "-"),
        "image": image,
        "codeServerArgs": list(one.loads),
        "port": one.port,
        "envSecrets": secrets,
        "includeConfigInLaunchedRuns": {"enabled": True},
        "readinessProbe": {"enabled": True, "periodSeconds": 20, "timeoutSeconds": 10, "failureThreshold": 3},
    }


def _launcher(deployment: Deployment, secrets: list[dict[str, str]]) -> dict[str, Any]:
    if deployment.config.runs.engine == "celery":
        celery = {
            "workerQueues": [{"name": deployment.config.celery.queue, "replicaCount": 2}],
            "envSecrets": secrets,
        }
        return {"type": "CeleryK8sRunLauncher", "config": {"celeryK8sRunLauncher": celery}}
    kubernetes = {"imagePullPolicy": "IfNotPresent", "loadInclusterConfig": True, "envSecrets": secrets}
    return {"type": "K8sRunLauncher", "config": {"k8sRunLauncher": kubernetes}}


def _postgresql(deployment: Deployment) -> dict[str, Any]:
    """Where the database is; what only a variable says is left for `--set`."""
    postgres = deployment.config.postgres

    def known(written: str, otherwise: str) -> str:
        named = reference(written)
        return (named.default or otherwise) if named else resolved(written, {}, "")

    return {
        "enabled": False,
        "postgresqlScheme": POSTGRES_SCHEME,
        "postgresqlHost": known(postgres.host, "postgres"),
        "postgresqlUsername": known(postgres.user, "dagster"),
        "postgresqlDatabase": known(postgres.database, "dagster"),
        "service": {"port": int(known(postgres.port, "5432"))},
    }


def _ticks(deployment: Deployment) -> dict[str, Any]:
    kept = deployment.config.retention
    days = {
        "skipped": kept.skipped,
        "success": kept.success,
        "failure": kept.failure,
        "started": kept.failure,
    }
    return {"purgeAfterDays": {name: max(1, seconds(value) // 86400) for name, value in days.items()}}


def _secret(deployment: Deployment) -> str:
    return f"{deployment.name}-secrets"
