"""What is to run: one service for each code location, the webserver, the daemon, and workers where the engine needs them."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dagway._dagster.login import KEY_FILE, without
from dagway.blueprint.model.texts import LOCATION
from dagway.errors import DagwayError
from dagway.platform.home import Home
from dagway.platform.load import LoadedPlatform
from dagway.platform.model import CODE_SERVER_PORT, Celery, PlatformConfig
from dagway.platform.probe import Address, DaemonProbe, GrpcProbe, HttpProbe, NoProbe, Probe
from dagway.platform.values import reference, resolved
from dagway.platform.versions import Versions
from dagway.project.locate import Location, locate
from dagway.runtime.version import LINK, placed

WEBSERVER, DAEMON, WORKER = "webserver", "daemon", "worker"
#: Who says what no service does, and what its log is called.
PLATFORM = "platform"
#: Ports of addresses that name none; Redis has 6379.
_PORTS = {"amqp": 5672, "amqps": 5671, "http": 80, "https": 443}
_LAST_PORT = 65535
#: Names that services have themselves, here or in a compose file.
_RESERVED = {PLATFORM, WEBSERVER, DAEMON, WORKER, "postgres", "redis"}


@dataclass(frozen=True)
class Served:
    """A code location and the place of its server: a socket, or host and port."""

    name: str
    location: Location
    socket: str = ""
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def address(self) -> Address:
        """Where its server listens."""
        return Address("", 0, self.socket) if self.socket else Address(self.host, self.port)


@dataclass(frozen=True)
class Service:
    """A program that is to run.

    Attributes:
        folder: the folder that it runs in.
        environment: all of its variables.
        needs: servers that must answer before it is started, by what they are.
        listens: where, if it is a port; None for none.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    probe: Probe
    needs: Mapping[str, Address] = field(default_factory=dict[str, Address])
    listens: Address | None = None


def served(platform: LoadedPlatform, home: Home) -> tuple[Served, ...]:
    """The code locations, each with a place of its own.

    Raises:
        DagwayError: a location is not there, two have one name, or one has that of a service or one that no file can have.
    """
    found: list[Served] = []
    for number, (name, location, port) in enumerate(_locations(platform)):
        if not re.fullmatch(LOCATION, name):
            raise DagwayError(
                f"A code location cannot be called {name!r}: its folder, its log and its container are called so too.",
                f"Give it a name of letters, digits, `_`, `-` and `.`: by `location_name` in workspace.yaml, or in platform.yaml by"
                f" locations: [{{path: {os.path.relpath(location.root, platform.root)}, name: …}}]",
            )
        if name in {one.name for one in found}:
            raise DagwayError(
                f"Two code locations are called {name}.",
                "Give one of them another name: by `location_name` in workspace.yaml, or by `name` in platform.yaml.",
            )
        if name in _RESERVED:
            raise DagwayError(
                f"A code location cannot be called {name}: a part of the platform is.",
                "Give it another name: by `location_name` in workspace.yaml, or by `name` in platform.yaml.",
            )
        port = port or _port(platform.config, number)
        socket = "" if port else str(home.sockets / f"{number}.sock")
        found.append(Served(name, location, socket, port=port))
    return tuple(found)


def check_engine(config: PlatformConfig, *, in_cluster: bool = False) -> None:
    """Sees whether runs can be executed as configured, outside of a cluster if nothing else is said.

    Raises:
        DagwayError: they cannot.
    """
    if config.runs.engine == "kubernetes" and not in_cluster:
        raise DagwayError(
            "Runs are to be pods (`runs: engine: kubernetes`), which only a platform in a cluster can start.",
            "`dagway render helm` writes one; elsewhere write `engine: warm` or `engine: celery`, below `profiles:` if need be.",
        )
    if config.runs.engine == "ray" and not all(map(importlib.util.find_spec, ("dagster_ray", "ray"))):
        raise DagwayError(
            "Runs are to be Ray's jobs (`runs: engine: ray`), and the packages dagster-ray and ray are not installed.",
            "Install dagway[ray], or write `engine: warm`.",
        )


def roots(platform: LoadedPlatform) -> list[Path]:
    """The folders of the code locations, each once.

    Raises:
        DagwayError: a location is not there.
    """
    return list(dict.fromkeys(location.root for _, location, _ in _locations(platform)))


def _locations(platform: LoadedPlatform) -> list[tuple[str, Location, int]]:
    entries = platform.config.locations
    if not entries:
        return [(location.name, location, 0) for location in locate(platform.target)]
    return [
        (entry.name or location.name, location, entry.port or 0)
        for entry in entries
        for location in locate(platform.root / entry.path)
    ]


def _port(config: PlatformConfig, number: int) -> int:
    first = config.code_servers.port
    if first is None:
        return 0 if config.profile in {"embedded", "postgres"} else CODE_SERVER_PORT + number
    return first + number


def services(
    platform: LoadedPlatform, home: Home, locations: Sequence[Served], environments: Environments
) -> tuple[Service, ...]:
    """Every service, in the order in which they start; they stop in the opposite one.

    Raises:
        DagwayError: a variable that is needed is not set.
    """
    config = platform.config
    needs = _needs(config, environments.platform)
    webserver = url(config)
    key = {KEY_FILE: str(home.key)} if config.webserver.login == "password" else {}
    servers = [_code_server(platform, home, one, environments.of(one), needs) for one in locations]
    patient = (sys.executable, "-m", "dagway._dagster.patient")
    addresses = ",".join(str(one.address) for one in locations)
    others = [
        Service(
            WEBSERVER,
            (
                *(*patient, WEBSERVER, addresses, config.webserver.login or "none"),
                *("-w", str(home.workspace)),
                *("-h", config.webserver.host, "-p", str(config.webserver.port)),
            ),
            platform.root,
            {**environments.platform, **key},
            HttpProbe(webserver),
            needs,
            Address(config.webserver.host, config.webserver.port),
        ),
        Service(
            DAEMON,
            (*patient, DAEMON, addresses, "run", "-w", str(home.workspace)),
            platform.root,
            environments.platform,
            DaemonProbe(webserver),
            needs,
        ),
    ]
    if config.runs.engine == "celery":
        others.append(_worker(config, platform.root, environments.platform, locations, needs))
    if config.runs.engine == "ray":
        others[-1] = _submits_to_ray(others[-1], locations)
    return (*servers, *others)


@dataclass(frozen=True)
class Environments:
    """Variables of the services.

    Attributes:
        platform: of webserver, daemon and workers.
        locations: those of each code server, by its location's name.
    """

    platform: Mapping[str, str] = field(repr=False)
    locations: Mapping[str, Mapping[str, str]] = field(repr=False)

    def of(self, one: Served) -> Mapping[str, str]:
        """Those of a location's code server."""
        return self.locations.get(one.name, self.platform)


def _code_server(
    platform: LoadedPlatform,
    home: Home,
    one: Served,
    environment: Mapping[str, str],
    needs: Mapping[str, Address],
) -> Service:
    """Through the link of the location: what is loaded is the version that it names then."""
    config, link = platform.config, str(Versions.of(home, one.name).link)
    watch = config.code_servers.watch
    roots = (str(one.location.root), str(one.location.root.resolve()))

    def linked(path: str) -> str:
        # One of them at most: the link itself may lie below.
        return next((new for root in roots if (new := placed(path, root, link)) != path), path)

    place = ("--socket", one.socket) if one.socket else ("--host", one.host, "--port", str(one.port))
    command = (
        *(sys.executable, "-m", "dagway", "code-server", "--location-name", one.name),
        *(*map(linked, target(one.location)), *place),
        # The webserver is told a way to start Python that does not depend on the path.
        "--use-python-environment-entry-point",
        *(("--watch",) if (config.profile == "embedded" if watch is None else watch) else ()),
    )
    paths = [linked(str(path)) for path in one.location.paths]
    before = environment.get("PYTHONPATH")
    variables = {**environment, "PYTHONPATH": ":".join([*paths, *([before] if before else [])]), LINK: link}
    listens = None if one.socket else one.address
    return Service(one.name, command, platform.root, variables, GrpcProbe(one.address), needs, listens)


def target(location: Location) -> tuple[str, ...]:
    """What a code server is told to load."""
    folder = ("--working-directory", str(location.paths[-1] if location.paths else location.root))
    attribute = ("--attribute", location.attribute) if location.attribute else ()
    if location.module:
        return ("--module-name", location.module, *attribute, *folder)
    if location.file:
        return ("--python-file", str(location.file), *attribute, *folder)
    return ("--autoload-defs-module-name", f"{_package(location.root)}.defs", *folder)


def _package(root: Path) -> str:
    """The package of a project whose defs folder is loaded."""
    for name, keys in (("dg.toml", ("project",)), ("pyproject.toml", ("tool", "dg", "project"))):
        if (root / name).is_file():
            table = tomllib.loads((root / name).read_text(encoding="utf-8"))
            for key in keys:
                table = table.get(key, {})
            if "root_module" in table:
                return str(table["root_module"])
    raise DagwayError(f"{root} names no root_module.", 'Add root_module = "my_project" to [tool.dg.project].')


def _worker(
    config: PlatformConfig,
    root: Path,
    environment: Mapping[str, str],
    locations: Sequence[Served],
    needs: Mapping[str, Address],
) -> Service:
    program = (sys.executable, "-m", *worker(config.celery))
    variables = _with_code(without(environment), locations)
    broker = _address(
        environment["CELERY_BROKER_URL"], "Celery's broker", "CELERY_BROKER_URL, or REDIS_HOST and REDIS_PORT"
    )
    return Service(WORKER, program, root, variables, NoProbe(), {**needs, "The broker of Celery": broker})


def _submits_to_ray(daemon: Service, locations: Sequence[Served]) -> Service:
    """The daemon: runs get its variables, and without the cluster it would fail what it can leave in the queue."""
    job_server = _address(daemon.environment["RAY_ADDRESS"], "Ray's job server", "RAY_ADDRESS")
    return replace(
        daemon,
        environment=_with_code(daemon.environment, locations),
        needs={**daemon.needs, "The job server of Ray": job_server},
    )


def _with_code(environment: Mapping[str, str], locations: Sequence[Served]) -> Mapping[str, str]:
    """The variables of what executes runs of every location."""
    paths = [str(path) for one in locations for path in one.location.paths]
    return {**environment, "PYTHONPATH": ":".join([*paths, *filter(None, [environment.get("PYTHONPATH")])])}


def worker(celery: Celery) -> tuple[str, ...]:
    """What Python is to run as a worker; Celery reads the addresses from its own variables."""
    words = ("-Q", celery.queue, "-c", str(celery.workers), "--prefetch-multiplier", "1", "-l", "warning")
    return ("celery", "-A", "dagster_celery.app", "worker", *words)


def _needs(config: PlatformConfig, environment: Mapping[str, str]) -> Mapping[str, Address]:
    if config.profile == "embedded":
        return {}
    database = config.postgres
    host = resolved(database.host, environment, "The host of PostgreSQL")
    port = resolved(database.port, environment, "The port of PostgreSQL")
    for value, what in ((database.user, "The user"), (database.database, "The database's name")):
        resolved(value, environment, f"{what} of PostgreSQL")
    if not (port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        named = reference(database.port)
        where = named.variable if named else "`postgres: port`"
        raise DagwayError(
            f"The port of PostgreSQL cannot be {port!r}.", f"Set {where} to a number from 1 to {_LAST_PORT}."
        )
    return {"PostgreSQL": Address(host, int(port))}


def _address(url: str, what: str, where: str) -> Address:
    """Where a server listens, by its address, which may hold a password."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return Address(parts.hostname or "localhost", parts.port or _PORTS.get(parts.scheme, 6379))
    except ValueError:
        raise DagwayError(
            f"The address of {what} cannot be read: its port is no number from 1 to {_LAST_PORT}, or its host is none.",
            f"Correct {where}: scheme://host:port/…",
        ) from None


def url(config: PlatformConfig) -> str:
    """The webserver's address, as this machine reaches it."""
    host = config.webserver.host
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  it is compared
    return f"http://{f'[{here}]' if ':' in here else here}:{config.webserver.port}"
