"""The language of `platform.yaml`: what a platform is made of, as frozen values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from dagway.blueprint.duration import Duration
from dagway.blueprint.duration import seconds as seconds_of
from dagway.blueprint.model.part import Part
from dagway.blueprint.model.texts import LocationName, Name
from dagway.blueprint.scalar import plain

Profile = Literal["embedded", "postgres", "compose", "kubernetes"]
Engine = Literal["warm", "celery", "ray", "kubernetes"]
OnStop = Literal["finish", "cancel"]
Login = Literal["proxy", "password"]
#: Ports that the three services have where nothing else is said.
WEBSERVER_PORT, CODE_SERVER_PORT = 3001, 4000


class Location(Part):
    """A code location: a Dagster project on this disk."""

    path: str = Field(
        examples=["sales"], description="The project's folder, or a file as `dagway list` takes it."
    )
    name: LocationName | None = Field(default=None, description="Its name; the project's own if left out.")
    port: int | None = Field(default=None, ge=1, description="The port of its code server.")


class Webserver(Part):
    """The UI."""

    noun = "the webserver"

    host: str = Field(default="127.0.0.1", description="The address that it listens on.")
    port: int = Field(default=WEBSERVER_PORT, ge=1, description="Its port.")
    login: Login | None = Field(
        default=None,
        description="Who asks for a log-in: `proxy`, one that stands before it; `password`, the webserver itself, for"
        " `DAGWAY_LOGIN_USER` and `DAGWAY_LOGIN_PASSWORD`. Nobody if left out: then it listens on this machine's own addresses alone.",
    )


class CodeServers(Part):
    """The code servers, one for each location."""

    noun = "code_servers"

    port: int | None = Field(
        default=None,
        ge=1,
        description="The first one's port on 127.0.0.1. Left out, a socket that this user alone can reach; 4000 in containers.",
    )
    watch: bool | None = Field(
        default=None,
        description="Whether changed files reload the definitions; only `embedded` does where it is left out.",
    )


class Limit(Part):
    """At most so many runs at once that have a tag."""

    tag: str = Field(examples=["team"], description="The tag's key.")
    value: str | None = Field(default=None, description="Its value; any if left out.")
    most: int = Field(examples=[2], ge=0, description="How many runs may be under way.")
    each: bool = Field(default=False, description="Whether that holds for each value of the tag by itself.")


class Celery(Part):
    """Where runs wait for the workers of Celery."""

    noun = "celery"

    broker: str = Field(
        default="{{ env('CELERY_BROKER_URL') }}",
        description="The broker's address: Redis or RabbitMQ. The Redis of `REDIS_HOST` where that variable is not set.",
    )
    backend: str = Field(
        default="{{ env('CELERY_RESULT_BACKEND') }}",
        description="Where results are kept; the same Redis where that variable is not set.",
    )
    queue: Name = Field(default="dagster", description="The queue's name.")
    workers: int = Field(default=2, ge=1, description="Runs that one worker service executes at once.")


class Ray(Part):
    """The cluster whose jobs the runs are."""

    noun = "ray"

    address: str = Field(
        default="{{ env('RAY_ADDRESS', 'http://127.0.0.1:8265') }}",
        description="The address of its job server, which is its dashboard's: `http://…` or `https://…`.",
    )
    cpus: int = Field(
        default=1,
        ge=1,
        description="Cores that a run holds, on whichever node has them free. A run's own tag `dagster-ray/config` goes before.",
    )
    variables: tuple[str, ...] = Field(
        default=(),
        examples=[["SHOP_DATABASE_URL"]],
        description="Variables that runs get from here beside those that Dagway knows and that open nothing: Ray's dashboard shows them.",
    )


class Runs(Part):
    """How runs are started, limited, watched and stopped."""

    noun = "runs"

    engine: Engine = Field(
        default="warm",
        description="What runs are executed by. `kubernetes` is for `dagway render helm` alone.",
    )
    most: int = Field(default=10, ge=0, description="How many runs may be under way; the others wait.")
    limits: tuple[Limit, ...] = Field(default=(), description="Limits by tag.")
    retries: int = Field(default=0, ge=0, description="How often a failed run is run again.")
    start_within: Duration = Field(default="2m", description="A run that has not started by then has failed.")
    cancel_within: Duration = Field(
        default="1m", description="A run that does not stop by then counts as canceled."
    )
    longest: Duration | None = Field(default=None, description="A run that takes longer is canceled.")
    look_every: Duration = Field(
        default="5s", description="How often runs are looked for whose process has died."
    )
    on_stop: OnStop = Field(
        default="finish", description="What becomes of runs under way when the platform stops."
    )
    stop_within: Duration = Field(
        default="10m", description="Runs that have not finished by then are canceled."
    )


class Pools(Part):
    """Concurrency pools."""

    noun = "pools"

    default_limit: int | None = Field(
        default=None, ge=0, description="The limit of a pool that has none of its own."
    )
    granularity: Literal["op", "run"] = Field(
        default="op", description="Whether a slot is held by a step or by a whole run."
    )


class Retention(Part):
    """How long ticks of schedules and sensors are kept."""

    noun = "retention"

    skipped: Duration = Field(default="7d", description="Ticks that had nothing to do.")
    success: Duration = Field(default="30d", description="Ticks that requested runs.")
    failure: Duration = Field(default="90d", description="Ticks that failed.")


class Postgres(Part):
    """The database of the metadata, for every profile but `embedded`. Each value can be a variable's."""

    noun = "postgres"

    host: str = Field(default="{{ env('DAGSTER_POSTGRES_HOST', 'localhost') }}", description="Its host.")
    port: str = Field(default="{{ env('DAGSTER_POSTGRES_PORT', '5432') }}", description="Its port.")
    user: str = Field(default="{{ env('DAGSTER_POSTGRES_USER') }}", description="The user.")
    password: str = Field(default="{{ env('DAGSTER_POSTGRES_PASSWORD', '') }}", description="The password.")
    database: str = Field(default="{{ env('DAGSTER_POSTGRES_DB') }}", description="The database's name.")


class Slack(Part):
    """Messages of runs that fail, and of those that succeed again."""

    noun = "slack"

    channel: str = Field(
        default="{{ env('SLACK_DEFAULT_CHANNEL', '') }}",
        description="The channel; none is told where it is empty.",
    )


class Environment(Part):
    """Where one environment, or one region, writes to."""

    database: str = Field(default="", description="The database.")
    schema_pattern: str = Field(
        default="",
        alias="schema",
        examples=["{user}_{schema}"],
        description="The schema, with `{schema}` for the one of production; also `{environment}`, `{region}`, `{user}`.",
    )


class PlatformConfig(Part):
    """What one platform is: its locations, its services and where they keep what they know."""

    noun = "the platform"

    platform: Literal[1] = Field(examples=[1], description="The language's version.")
    name: Name | None = Field(default=None, description="The platform's name; the folder's if left out.")
    profile: Profile = Field(default="embedded", description="Where it runs, and what stores its metadata.")
    home: str | None = Field(
        default=None,
        description="Dagster's home; `.dagway/home` if left out. The variable `DAGSTER_HOME` goes before.",
    )
    locations: tuple[Location, ...] = Field(
        default=(), description="The code locations; the project beside this file if left out."
    )
    webserver: Webserver = Field(default=Webserver(), description="The UI.")
    code_servers: CodeServers = Field(default=CodeServers(), description="The code servers.")
    runs: Runs = Field(default=Runs(), description="How runs are started, limited, watched and stopped.")
    pools: Pools = Field(default=Pools(), description="Concurrency pools.")
    retention: Retention = Field(default=Retention(), description="How long ticks are kept.")
    postgres: Postgres = Field(default=Postgres(), description="The database of the metadata.")
    celery: Celery = Field(default=Celery(), description="For the engine `celery`.")
    ray: Ray = Field(default=Ray(), description="For the engine `ray`.")
    slack: Slack = Field(default=Slack(), description="Who is told of runs that fail.")
    freshness: Duration | None = Field(
        default=None, description="The oldest age of assets that have no freshness policy of their own."
    )
    environments: dict[Name, Environment] = Field(
        default={}, description="Where each environment writes to, for `dagway.env`."
    )
    regions: dict[Name, Environment] = Field(
        default={}, description="What a region has otherwise than its environment."
    )
    telemetry: bool = Field(default=False, description="Whether Dagster may tell its makers how it is used.")
    profiles: dict[Profile, Annotated[dict[str, Any], AfterValidator(plain)]] = Field(
        default={}, description="Values that only one profile has, laid over the others."
    )


def seconds(duration: str | None) -> int:
    """A length of time in seconds; 0 for none."""
    return seconds_of(duration) if duration else 0
