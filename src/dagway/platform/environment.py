"""The variables that services run with, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dagway._dagster.login import PASSWORD, USER, without
from dagway.errors import DagwayError
from dagway.platform.home import Home
from dagway.platform.load import PROFILE, LoadedPlatform
from dagway.platform.model import Celery, Postgres, Ray
from dagway.platform.services import Environments, Served, url
from dagway.platform.values import Reference, reference, resolved
from dagway.project.env_file import is_production, said
from dagway.runtime.env_files import ENV_FILES, EnvFiles

#: Celery's own names.
BROKER, BACKEND = "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"
#: Ray's own name.
CLUSTER = "RAY_ADDRESS"
#: In these profiles nobody develops: variables come from the deployment alone.
_DEPLOYED = {"compose", "kubernetes"}
#: What is known before any `.env` is read, so that it means the same to all.
_DECIDED = frozenset({PROFILE, "DAGWAY_PLATFORM"})
#: A platform has one, which the `.env` of its own folder may name.
_HOME = "DAGSTER_HOME"


def reads_dotenv(platform: LoadedPlatform, environment: Mapping[str, str]) -> bool:
    """Whether `.env` counts: in development, not in production and not in containers."""
    return not is_production(environment) and platform.config.profile not in _DEPLOYED


@dataclass(frozen=True)
class Given:
    """A variable's value; `where` is the `.env` that says it, None for the environment."""

    value: str = field(repr=False)
    where: Path | None = None


def given(platform: LoadedPlatform, environment: Mapping[str, str], folder: Path) -> dict[str, Given]:
    """The variables of a process that runs in the folder: its own, the folder's `.env`, then the platform's. Empty is not set.

    Raises:
        DagwayError: a file cannot be read.
    """
    found = {name: Given(value) for name, value in environment.items()}
    for path in _files(platform, environment, folder):
        values = {name: one.value for name, one in found.items()}
        kept = _DECIDED if path.parent == platform.root else {*_DECIDED, _HOME}
        found |= {name: Given(value, path) for name, value, _ in said([path], values, kept)}
    return found


def _files(platform: LoadedPlatform, environment: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """The files that count there, the nearest first."""
    if not reads_dotenv(platform, environment):
        return ()
    return tuple(place / ".env" for place in dict.fromkeys((folder, platform.root)))


def combined(platform: LoadedPlatform, environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Their values."""
    return {name: one.value for name, one in given(platform, environment, folder).items()}


def home_of(platform: LoadedPlatform, environment: Mapping[str, str]) -> Home:
    """Where the platform keeps its files: `DAGSTER_HOME` may stand in its `.env`, where Dagster looks for it too."""
    return Home.of(platform.root, platform.config.home, combined(platform, environment, platform.root))


def environments(
    platform: LoadedPlatform, home: Home, locations: tuple[Served, ...], environment: Mapping[str, str]
) -> Environments:
    """The variables of every service."""
    own_values = combined(platform, environment, platform.root)
    added = {_HOME: str(home.dagster), "PYTHONUNBUFFERED": "1"}
    # What runs there reads platform.yaml too, and has to read it as it was chosen here.
    added[PROFILE] = platform.config.profile
    added["DAGWAY_URL"] = own_values.get("DAGWAY_URL") or url(platform.config)
    if platform.config.profile == "embedded":
        # As `dg dev` has it: integrations prepare what they need by themselves.
        added["DAGSTER_IS_DEV_CLI"] = "1"
    if platform.path is not None:
        added["DAGWAY_PLATFORM"] = str(platform.path)
    if platform.config.profile != "embedded":
        added |= _postgres(platform.config.postgres, own_values)
    if platform.config.runs.engine == "celery":
        added |= _celery(platform.config.celery, own_values)
    if platform.config.runs.engine == "ray":
        added |= _ray(platform.config.ray, own_values)
    own = {one.name: _loads(platform, environment, one.location.root, added) for one in locations}
    return Environments({**own_values, **added}, own)


def _loads(
    platform: LoadedPlatform, environment: Mapping[str, str], folder: Path, added: Mapping[str, str]
) -> dict[str, str]:
    """The variables of a code server, which reads the files anew at each load.

    What the services share stays as it is until all of them are started again, and nobody who runs a project's code has to know
    how to come in.
    """
    found = given(platform, environment, folder)
    kept = _DECIDED | added.keys() | _of_metadata(platform) | {USER, PASSWORD, "PYTHONPATH"}
    taken = frozenset(name for name, one in found.items() if one.where is not None) - kept
    files = EnvFiles(_files(platform, environment, folder), taken, kept)
    values = {name: one.value for name, one in found.items()}
    return without({**values, **added, ENV_FILES: files.text})


def _of_metadata(platform: LoadedPlatform) -> set[str]:
    """The variables that Dagster's configuration names."""
    return (
        set()
        if platform.config.profile == "embedded"
        else {one.variable for one in _named(platform.config.postgres)}
    )


def _named(postgres: Postgres) -> list[Reference]:
    found = (reference(str(value)) for value in vars(postgres).values())
    return [one for one in found if one is not None]


def _postgres(postgres: Postgres, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of the database that are not set and have a default: Dagster, which reads them, knows of none."""
    return {
        one.variable: one.default
        for one in _named(postgres)
        if one.default is not None and not environment.get(one.variable)
    }


def _celery(celery: Celery, environment: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the broker and the results, which Celery itself reads; else the Redis of the other variables."""
    host, port = environment.get("REDIS_HOST") or "localhost", environment.get("REDIS_PORT") or "6379"
    redis = f"redis://{host}:{port}/{environment.get('REDIS_DB') or '0'}"
    broker = resolved(celery.broker, {BROKER: redis, **environment}, "The broker of Celery")
    otherwise = redis if broker.startswith("amqp") else broker
    backend = resolved(celery.backend, {BACKEND: otherwise, **environment}, "The results of Celery")
    return {BROKER: broker, BACKEND: backend}


def _ray(ray: Ray, environment: Mapping[str, str]) -> dict[str, str]:
    """The address of the job server, which Ray itself reads, and takes for more than what it is told."""
    address = resolved(ray.address, environment, "The address of Ray")
    if not address.startswith(("http://", "https://")):
        raise DagwayError(
            f"Ray's job server cannot be at {address}: it speaks HTTP.",
            "Write the address of the cluster's dashboard, for example http://127.0.0.1:8265.",
        )
    return {CLUSTER: address}
