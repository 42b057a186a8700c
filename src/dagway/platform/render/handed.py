"""What the containers of a compose file are handed, so that what platform.yaml says holds in them; what cannot hold is refused.

The file has a PostgreSQL and a Redis of its own, for what platform.yaml leaves to the variables that Dagway knows. Where it names another
database or broker, that one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagway.errors import DagwayError
from dagway.platform.environment import BACKEND, BROKER, CLUSTER
from dagway.platform.login import LOOPBACK
from dagway.platform.model import Celery, PlatformConfig, Postgres, Ray
from dagway.platform.values import Reference, reference

#: The containers' names.
POSTGRES, REDIS = "postgres", "redis"
_HOST, _PORT = "DAGSTER_POSTGRES_HOST", "5432"
_OWN_REDIS = f"redis://{REDIS}:6379/0"
_NEEDED = "set it in the environment or in .env"


def handed(config: PlatformConfig) -> Mapping[str, str | None]:
    """The variables of every container that platform.yaml asks for; None for what is handed on where it is set.

    Raises:
        DagwayError: it says what cannot hold in containers.
    """
    channel = reference(config.slack.channel)
    return {
        **_postgres(config.postgres),
        **(_celery(config.celery) if config.runs.engine == "celery" else {}),
        **(_ray(config.ray) if config.runs.engine == "ray" else {}),
        **({channel.variable: _or(channel, channel.default or "")} if channel else {}),
    }


def has_own_database(postgres: Postgres) -> bool:
    """Whether the metadata is in the file's own container: no other host is named."""
    named = reference(postgres.host)
    if named is None:
        return postgres.host == POSTGRES
    return named.variable == _HOST and (named.default in {None, "", POSTGRES} or named.default in LOOPBACK)


def own_database(postgres: Postgres) -> Mapping[str, str]:
    """The variables of that container."""
    return {
        "POSTGRES_USER": _written(postgres.user, "dagster"),
        "POSTGRES_PASSWORD": _written(postgres.password),
        "POSTGRES_DB": _written(postgres.database, "dagster"),
    }


def needs_redis(config: PlatformConfig) -> bool:
    """Whether runs wait in the file's own Redis, or leave their results there."""
    return config.runs.engine == "celery" and _OWN_REDIS in _celery(config.celery).values()


def _postgres(postgres: Postgres) -> Mapping[str, str]:
    """Dagster reads them by the names that platform.yaml has; what is written out stands in `dagster.yaml`."""
    values = dict(vars(postgres))
    if not has_own_database(postgres):
        if postgres.host in LOOPBACK:
            raise _refused(
                f"`postgres: host: {postgres.host}`",
                "a container is there by itself",
                "Name the host as containers reach it, or leave `host` out for a PostgreSQL in a container.",
            )
        return {
            named.variable: _or(named, named.default) if named.default is not None else _needed(named)
            for value in values.values()
            if (named := reference(str(value)))
        }
    if reference(postgres.port) is None and postgres.port != _PORT:
        raise _refused(
            f"`postgres: port: {postgres.port}`",
            f"its own PostgreSQL listens on {_PORT}",
            "Leave it out, or name the `host` that has that port.",
        )
    if reference(postgres.password) is None:
        raise _refused(
            "`postgres: password`",
            "its own PostgreSQL needs one, and no file may say it",
            "Leave it out, and set DAGSTER_POSTGRES_PASSWORD; or write \"{{ env('NAME') }}\".",
        )
    own = own_database(postgres)
    said = {
        postgres.host: POSTGRES,
        postgres.port: _PORT,
        postgres.user: own["POSTGRES_USER"],
        postgres.password: own["POSTGRES_PASSWORD"],
        postgres.database: own["POSTGRES_DB"],
    }
    return {named.variable: value for text, value in said.items() if (named := reference(text))}


def _celery(celery: Celery) -> Mapping[str, str]:
    """Celery reads its own names, and Dagster those of platform.yaml."""
    found = dict[str, str]()
    otherwise = _OWN_REDIS
    for own, text in ((BROKER, celery.broker), (BACKEND, celery.backend)):
        named = reference(text)
        if named is not None and named.variable == own and not named.default:
            found[own] = otherwise
            continue
        found[own] = _written(text)
        if named is not None:
            found[named.variable] = found[own]
        elif not text.startswith("amqp"):
            # A broker that can keep results keeps them.
            otherwise = found[own]
    return found


def _ray(ray: Ray) -> Mapping[str, str | None]:
    named = reference(ray.address)
    if named is None or (named.default and not any(f"//{host}" in named.default for host in LOOPBACK)):
        address = _written(ray.address)
    else:
        address = f"${{{named.variable}:?the job server of the cluster}}"
    own = {named.variable: address} if named else {}
    return {**dict.fromkeys(ray.variables), CLUSTER: address, **own}


def _written(text: str, otherwise: str = "") -> str:
    """A value in a compose file: itself, or the variable that gives it, which must be set where nothing else holds."""
    named = reference(text)
    if named is None:
        return text.replace("$", "$$")
    default = named.default or otherwise
    return _or(named, default) if default else _needed(named)


def _or(named: Reference, default: str) -> str:
    return f"${{{named.variable}:-{default.replace('$', '$$')}}}"


def _needed(named: Reference) -> str:
    return f"${{{named.variable}:?{_NEEDED}}}"


def _refused(what: str, why: str, remedy: str) -> DagwayError:
    return DagwayError(f"A compose file cannot do as {what} of platform.yaml says: {why}.", remedy)
