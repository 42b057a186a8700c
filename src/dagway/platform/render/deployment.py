"""The platform's programs as an image, a cluster or a server runs them: one image, one entry point for each service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dagway._dagster.login import PASSWORD, USER
from dagway.errors import DagwayError
from dagway.platform.load import LoadedPlatform
from dagway.platform.model import CODE_SERVER_PORT, PlatformConfig
from dagway.platform.services import DAEMON, WEBSERVER, WORKER, Served, check_engine, target, worker
from dagway.platform.variables import settings

Files = Mapping[str, str]
#: Places in an image, as seed deployments have them.
APP, HOME = PurePosixPath("/app"), PurePosixPath("/opt/dagster/dagster_home")
#: What runs print, and what a code server keeps for the next one: volumes lie there, which get the owner of these folders.
STORAGE, TEMPORARY = HOME / "storage", PurePosixPath("/opt/dagster/tmp")
#: Variables that carry secrets or belong to one deployment: handed in, never written down.
SECRETS = (
    "DAGSTER_POSTGRES_PASSWORD",
    "SLACK_BOT_TOKEN",
    "SLACK_WEBHOOK_URL",
    "API_KEY",
    "FEATURE_FLAGS_GOOGLE_SHEET_CREDENTIALS_JSON",
)
#: Of webserver and daemon alone, where the webserver asks for a log-in.
LOGIN = (USER, PASSWORD)
#: Variables that an image sets, or has from its system: those of the machine that renders mean nothing there.
_OWN = {
    *LOGIN,
    *("DAGSTER_HOME", "DAGWAY_PROFILE", "DAGWAY_PLATFORM", "DAGWAY_URL", "PYTHONPATH", "VIRTUAL_ENV"),
    # Written into the image when it is built.
    *("DAGWAY_GIT_URL", "DAGWAY_GIT_COMMIT"),
    *("HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TMPDIR", "USER"),
}
ANYWHERE = "0.0.0.0"  # noqa: S104  within a container's own network


@dataclass(frozen=True)
class EntryPoint:
    """One service: its name, its words and what tells whether it is healthy.

    Attributes:
        port: 0 for none.
        loads: of a code server, the words that say what it loads.
    """

    name: str
    command: tuple[str, ...]
    health: tuple[str, ...]
    port: int = 0
    loads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deployment:
    """What is rendered.

    Attributes:
        name: letters, digits and `-`: of the image, the release, the units.
        places: each location's folder in the image, relative to `root`.
        paths: the folders that Python searches first, relative to `root`.
        variables: names of those that the projects read, apart from the ones of the image itself.
    """

    name: str
    config: PlatformConfig
    root: Path
    locations: tuple[Served, ...]
    places: Mapping[str, PurePosixPath]
    paths: tuple[PurePosixPath, ...]
    variables: tuple[str, ...]
    entry_points: tuple[EntryPoint, ...] = field(default=())

    @property
    def code_servers(self) -> tuple[EntryPoint, ...]:
        """Those of the code locations."""
        return self.entry_points[: len(self.locations)]

    @property
    def others(self) -> tuple[EntryPoint, ...]:
        """Webserver, daemon and workers."""
        return self.entry_points[len(self.locations) :]


def deployment(
    platform: LoadedPlatform, locations: tuple[Served, ...], app: str = str(APP), home: str = str(HOME)
) -> Deployment:
    """The platform as it is deployed.

    Args:
        app, home: the folders that stand for the platform's own and for Dagster's home; the image's if left out.

    Raises:
        DagwayError: a location lies outside the platform's folder, or runs cannot be executed as configured.
    """
    check_engine(platform.config, in_cluster=platform.config.profile == "kubernetes")
    places = {one.name: _place(platform.root, one.name, one.location.root) for one in locations}
    paths = [_place(platform.root, one.name, path) for one in locations for path in one.location.paths]
    config = platform.config
    entries = [_code_server(one, number, platform.root, app) for number, one in enumerate(locations)]
    host, port = config.webserver.host, config.webserver.port
    listens = ANYWHERE if config.profile in {"compose", "kubernetes"} else host
    workspace = f"{home}/workspace.yaml"
    # The other containers call it by its name; no site of the outside has one without a dot.
    login = config.webserver.login or (f"none,{WEBSERVER}" if listens == ANYWHERE else "none")
    program = ("python", "-m", "dagway._dagster.webserver", login)
    web = (*program, "-h", listens, "-p", str(port), "-w", workspace)
    entries += [
        EntryPoint(WEBSERVER, web, _probe("http", f"http://127.0.0.1:{port}"), port),
        EntryPoint(
            DAEMON,
            ("dagster-daemon", "run", "-w", workspace),
            _probe("daemon", f"http://{WEBSERVER if listens == ANYWHERE else host}:{port}"),
        ),
    ]
    if config.runs.engine == "celery":
        entries.append(EntryPoint(WORKER, ("python", "-m", *worker(config.celery)), ("true",)))
    name = "".join(letter if letter.isalnum() else "-" for letter in platform.name.lower()).strip("-")
    return Deployment(
        name,
        config,
        platform.root,
        locations,
        places,
        tuple(dict.fromkeys(paths)),
        _variables(platform, locations),
        tuple(entries),
    )


def _variables(platform: LoadedPlatform, locations: tuple[Served, ...]) -> tuple[str, ...]:
    found = settings(platform, [one.location.root for one in locations], {})
    return tuple(one.name for one in found if one.name not in _OWN)


def _place(root: Path, name: str, folder: Path) -> PurePosixPath:
    folder = folder.resolve()
    if not folder.is_relative_to(root.resolve()):
        raise DagwayError(
            f"The code location {name} lies in {folder}, outside of {root}.",
            "Put platform.yaml into the folder that has all locations: it is what an image is built from.",
        )
    return PurePosixPath(folder.relative_to(root.resolve()).as_posix())


def port_of(one: Served, number: int) -> int:
    """The port of a location's code server where it is no socket."""
    return one.port or CODE_SERVER_PORT + number


def _code_server(one: Served, number: int, root: Path, app: str) -> EntryPoint:
    port = port_of(one, number)
    words = [
        word.replace(str(root), app, 1) if word.startswith(str(root)) else word
        for word in target(one.location)
    ]
    command = (
        "dagway",
        "code-server",
        "--host",
        ANYWHERE,
        "--port",
        str(port),
        "--location-name",
        one.name,
        *words,
    )
    return EntryPoint(one.name, command, _probe("grpc", f"127.0.0.1:{port}"), port, tuple(words))


def _probe(kind: str, address: str) -> tuple[str, ...]:
    return ("python", "-m", "dagway.platform.probe", kind, address)
