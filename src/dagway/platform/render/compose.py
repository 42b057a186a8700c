"""A compose file: PostgreSQL, Redis, and a container for each service of the one image."""

from __future__ import annotations

from typing import Any

import yaml

from dagway.platform import dagster_yaml, login
from dagway.platform.render.deployment import (
    LOGIN,
    SECRETS,
    STORAGE,
    TEMPORARY,
    Deployment,
    EntryPoint,
    Files,
    port_of,
)
from dagway.platform.render.docker import COMMIT, URL, docker
from dagway.platform.render.handed import (
    POSTGRES,
    REDIS,
    handed,
    has_own_database,
    needs_redis,
    own_database,
)
from dagway.platform.services import DAEMON, WEBSERVER

_HEALTH = {"interval": "15s", "timeout": "10s", "retries": 3, "start_period": "60s"}
#: What holds for every container: nothing that a service needs not.
_SAFE = {
    "security_opt": ["no-new-privileges:true"],
    "cap_drop": ["ALL"],
    "init": True,
    "restart": "unless-stopped",
}
#: Seconds that runs in a code server have to end.
_GRACE = "2m"


def compose(deployment: Deployment) -> Files:
    """`compose.yaml`, the image's files, and what they copy.

    Raises:
        DagwayError: the configuration says what cannot hold in containers.
    """
    text = "# Written by `dagway render compose`. Secrets come from the environment, or from .env beside this file.\n"
    if warning := login.told(deployment.config.webserver):
        text += f"# The webserver {warning}.\n"
    return {
        "compose.yaml": text + yaml.safe_dump(_compose(deployment), sort_keys=False, width=120),
        **docker(deployment),
        **settings(deployment),
    }


def settings(deployment: Deployment) -> Files:
    """Dagster's own two files, for an image."""
    places = [
        {"grpc_server": {"location_name": one.name, "host": one.name, "port": port_of(one, number)}}
        for number, one in enumerate(deployment.locations)
    ]
    return {
        "deploy/dagster.yaml": dagster_yaml.text(dagster_yaml.settings(deployment.config)),
        "deploy/workspace.yaml": dagster_yaml.text({"load_from": places}),
    }


def _compose(deployment: Deployment) -> dict[str, Any]:
    postgres = deployment.config.postgres
    databases = dict[str, Any]()
    if has_own_database(postgres):
        databases[POSTGRES] = {**_POSTGRES, "environment": dict(own_database(postgres))}
    first = dict.fromkeys(databases, "service_healthy")
    servers = {one.name: _code_server(deployment, one, first) for one in deployment.code_servers}
    started = {**first, **dict.fromkeys(servers, "service_healthy")}
    if needs_redis(deployment.config):
        started[REDIS] = "service_healthy"
    others = {one.name: _service(deployment, one, started) for one in deployment.others}
    # Whoever reaches the UI may run code: without a log-in it is published on this machine alone.
    web = deployment.config.webserver
    host = web.host if web.login and web.host not in login.LOOPBACK else "127.0.0.1"
    others[WEBSERVER]["ports"] = [f"{f'[{host}]' if ':' in host else host}:{web.port}:{web.port}"]
    for name in (WEBSERVER, DAEMON) if web.login == "password" else ():
        others[name]["environment"] |= {
            one: f"${{{one}:?set it in the environment or in .env}}" for one in LOGIN
        }
    return {
        "name": deployment.name,
        "services": {**databases, REDIS: _REDIS, **servers, **others},
        "volumes": {
            **{name: {} for name in (*databases, REDIS, "logs")},
            **{_kept(name): {} for name in servers},
        },
    }


def _code_server(deployment: Deployment, one: EntryPoint, after: dict[str, str]) -> dict[str, Any]:
    """With the folder of its runs and its name kept, the next container knows which of them have ended with this one."""
    service = _service(deployment, one, after)
    service["hostname"] = one.name
    service["volumes"] = [*service["volumes"], f"{_kept(one.name)}:{TEMPORARY}"]
    service["environment"] = {**service["environment"], "TMPDIR": str(TEMPORARY)}
    return service


def _kept(name: str) -> str:
    return f"{name}-runs"


def _service(deployment: Deployment, one: EntryPoint, after: dict[str, str]) -> dict[str, Any]:
    return {
        "image": f"{deployment.name}:${{TAG:-latest}}",
        "build": {"context": ".", "args": {name: f"${{{name}:-}}" for name in (URL, COMMIT)}},
        "command": list(one.command),
        "environment": _environment(deployment),
        "depends_on": {name: {"condition": condition} for name, condition in after.items()},
        "healthcheck": {"test": ["CMD", *one.health], **_HEALTH},
        # What runs print: the webserver shows it.
        "volumes": [f"logs:{STORAGE}"],
        "stop_grace_period": _GRACE,
        **_SAFE,
    }


def _environment(deployment: Deployment) -> dict[str, str | None]:
    return {
        # Handed on where they are set, and else not there: a default of the project's holds only then.
        **dict.fromkeys(deployment.variables),
        "REDIS_HOST": REDIS,
        "REDIS_PORT": "6379",
        "REDIS_DB": "0",
        "DAGWAY_ENVIRONMENT": "${DAGWAY_ENVIRONMENT:-production}",
        **{name: f"${{{name}:-}}" for name in SECRETS[1:]},
        **handed(deployment.config),
    }


_POSTGRES: dict[str, Any] = {
    "image": "postgres:17-alpine",
    "healthcheck": {
        "test": ["CMD-SHELL", 'pg_isready -U "$$POSTGRES_USER" -d "$$POSTGRES_DB"'],
        "interval": "5s",
        "timeout": "5s",
        "retries": 10,
    },
    "volumes": ["postgres:/var/lib/postgresql/data"],
    "restart": "unless-stopped",
}
_REDIS: dict[str, Any] = {
    "image": "redis:8-alpine",
    "healthcheck": {"test": ["CMD", "redis-cli", "ping"], "interval": "5s", "timeout": "5s", "retries": 10},
    "volumes": ["redis:/data"],
    "restart": "unless-stopped",
}
