"""What is wrong with the machine, the configuration or the environment of a platform, and the mend.

Each check is a function that gives findings; one that cannot look says nothing.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from dagway.errors import DagwayError
from dagway.platform.environment import combined, home_of, reads_dotenv
from dagway.platform.home import Home
from dagway.platform.load import LoadedPlatform
from dagway.platform.login import adopt, refused
from dagway.platform.reads import has_operations
from dagway.platform.services import Served, Service, roots
from dagway.platform.state import read
from dagway.platform.under_way import locations
from dagway.platform.up import Prepared, check_port, prepare
from dagway.platform.values import reference
from dagway.platform.variables import settings
from dagway.project import env_file

Kind = Literal["ok", "warning", "problem"]
#: Packages of Dagster that must have one version: mixed patches break.
_FAMILY = (
    "dagster",
    "dagster-shared",
    "dagster-webserver",
    "dagster-graphql",
    "dagster-dg-cli",
    "dagster-pipes",
)
#: Bytes of free disk, and open files, below which a platform gets into trouble.
_LEAST_DISK, _LEAST_FILES = 500_000_000, 1024
#: Seconds by which the clock of the disk may differ from that of the machine.
_SKEW = 5.0
_EXTRAS = {
    "dagster-postgres": "dagway[platform]",
    "dagster-celery": "dagway[celery]",
    "dagster-ray": "dagway[ray]",
}
_PACKAGES = {"celery": "dagster-celery", "ray": "dagster-ray", "kubernetes": "dagster-k8s"}


@dataclass(frozen=True)
class Finding:
    """What one check found; `remedy` is empty where nothing is to be done."""

    kind: Kind
    what: str
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return dict(vars(self))


@dataclass(frozen=True)
class Patient:
    """What is looked at; `prepared` is None where it cannot even be prepared."""

    platform: LoadedPlatform
    home: Home
    environment: Mapping[str, str]
    prepared: Prepared | None


def examine(platform: LoadedPlatform, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every finding, in the order in which things are needed."""
    findings: list[Finding] = []
    try:
        home = home_of(platform, environment)
        read(home)
    except DagwayError as error:
        # Without the variables, or at another user's platform, nothing else can be looked at.
        return (Finding("problem", error.message, error.remedy),)
    prepared: Prepared | None = None
    try:
        prepared = prepare(platform, dict(environment))
        findings.append(Finding("ok", f"{_named(platform)} serves {_names(prepared.locations)}."))
    except DagwayError as error:
        findings.append(Finding("problem", error.message, error.remedy))
    patient = Patient(platform, home, environment, prepared)
    for check in _CHECKS:
        findings += check(patient)
    return tuple(findings)


def _named(platform: LoadedPlatform) -> str:
    where = platform.path or f"{platform.target}, without a platform.yaml,"
    return f"{where} (profile {platform.config.profile})"


def _names(locations: tuple[Served, ...]) -> str:
    return ", ".join(one.name for one in locations)


def _python(_patient: Patient) -> Iterator[Finding]:
    if sys.version_info[:2] not in {(3, 11), (3, 12), (3, 13)}:
        yield Finding(
            "problem", f"Python is {sys.version.split()[0]}.", "Use 3.11, 3.12 or 3.13, which are tested."
        )
    if not hasattr(os, "pidfd_open") or sys.platform != "linux":
        yield Finding(
            "warning", "This system cannot hold a warm image: runs start cold.", "Use Linux 5.3 or later."
        )


def _family(_patient: Patient) -> Iterator[Finding]:
    found: dict[str, str] = {}
    for name in _FAMILY:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    odd = {name: one for name, one in found.items() if one != found["dagster"]}
    if odd:
        said = ", ".join(f"{name} {one}" for name, one in odd.items())
        yield Finding(
            "problem",
            f"Packages of Dagster differ: dagster {found['dagster']}, but {said}.",
            f"Install all of them in version {found['dagster']}.",
        )
    else:
        yield Finding("ok", f"Dagster {found['dagster']}, Python {sys.version.split()[0]}.")


def _packages(patient: Patient) -> Iterator[Finding]:
    config = patient.platform.config
    wanted = ["dagster-postgres"] if config.profile != "embedded" else []
    if config.runs.engine in _PACKAGES:
        wanted.append(_PACKAGES[config.runs.engine])
    for name in wanted:
        if importlib.util.find_spec(name.replace("-", "_")) is None:
            yield Finding("problem", f"{name} is not installed.", f"Install {_EXTRAS.get(name, name)}.")


def _variables(patient: Patient) -> Iterator[Finding]:
    try:
        found = settings(patient.platform, roots(patient.platform), patient.environment)
    except DagwayError:
        # Said already: the locations are not there.
        return
    for one in found:
        if one.source == "missing":
            yield Finding("problem", one.lack, f"Set it, for example in {patient.platform.root}/.env.")


def _homes(patient: Patient) -> Iterator[Finding]:
    """A location's own `.env` that names a home, where people would look for its runs in vain."""
    platform, home = patient.platform, patient.home.dagster
    # Where a location is not there, it is said already.
    with suppress(DagwayError):
        for root in roots(platform) if reads_dotenv(platform, patient.environment) else ():
            named = env_file.read(root / ".env", patient.environment).get("DAGSTER_HOME")
            if named and root != platform.root and (root / named).resolve() != home:
                yield Finding(
                    "warning",
                    f"{root / '.env'} names another DAGSTER_HOME, which does not count: the platform's is {home}.",
                    f"Set it in {platform.root / '.env'}, or remove it.",
                )


def _workers(patient: Patient) -> Iterator[Finding]:
    """A location's own `.env`, of which workers of Celery, which all locations share, have nothing."""
    platform = patient.platform
    is_concerned = platform.config.runs.engine == "celery" and reads_dotenv(platform, patient.environment)
    # Where a location is not there, it is said already.
    with suppress(DagwayError):
        for root in roots(platform) if is_concerned else ():
            found = env_file.said([root / ".env"], patient.environment, {"DAGSTER_HOME"})
            named = [] if root == platform.root else [name for name, _, _ in found]
            if named:
                yield Finding(
                    "warning",
                    f"Runs on workers of Celery do not have what {root / '.env'} says: {', '.join(named)}.",
                    f"Set it in {platform.root / '.env'}, which all have.",
                )


def _operations(patient: Patient) -> Iterator[Finding]:
    """Whether somebody is told of runs that fail, where a channel is named for that."""
    written = patient.platform.config.slack.channel
    named = reference(written)
    variables = combined(patient.platform, patient.environment, patient.platform.root)
    channel = (variables.get(named.variable) or named.default) if named else written
    try:
        places = roots(patient.platform)
    except DagwayError:
        return
    if channel and not any(map(has_operations, places)):
        yield Finding(
            "warning",
            "A Slack channel is named, and no project has with_operations: nobody is told of runs that fail.",
            "Put `dagway.operations.with_operations` round the definitions of one project.",
        )


def _private(patient: Patient) -> Iterator[Finding]:
    """Files of variables, and the folders that hold what runs print and what they return."""
    folders = [patient.platform.root]
    # Where a location is not there, it is said already.
    with suppress(DagwayError):
        folders += roots(patient.platform)
    for path in dict.fromkeys(folder / ".env" for folder in folders):
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("warning", f"{path} can be read by other users.", f"chmod 600 {path}")
    if patient.home.is_exposed:
        home = patient.home.dagster
        yield Finding("warning", f"{home} can be read by other users.", f"chmod 700 {home}")


def _disk(patient: Patient) -> Iterator[Finding]:
    for folder in dict.fromkeys((_existing(patient.home.dagster), Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        if free < _LEAST_DISK:
            yield Finding(
                "problem",
                f"{folder} has {free / 1e6:.0f} MB left.",
                "Free some space: runs write events there.",
            )
        if not os.access(folder, os.W_OK):
            yield Finding(
                "problem", f"{folder} may not be written.", "Give yourself the right, or set DAGSTER_HOME."
            )


def _clock(patient: Patient) -> Iterator[Finding]:
    """The disk's clock tells when it is another machine's; files from the future, that ours was set back."""
    folder = _existing(patient.home.dagster)
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            skew = Path(probe.name).stat().st_mtime - time.time()
    except OSError:
        return
    if abs(skew) > _SKEW:
        yield Finding("warning", f"The clock of {folder} differs by {skew:.0f} s.", "Set both by NTP.")
    state = patient.home.state
    ahead = state.stat().st_mtime - time.time() if state.exists() else 0.0
    if ahead > _SKEW:
        yield Finding(
            "warning",
            f"The clock was set back by at least {ahead:.0f} s since the platform last wrote.",
            "Schedules tick again once the clock has passed their last tick; set it by NTP.",
        )


def _limits(_patient: Patient) -> Iterator[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _LEAST_FILES:
        yield Finding("warning", f"A process may open {soft} files.", f"ulimit -n {_LEAST_FILES}")


def _servers(patient: Patient) -> Iterator[Finding]:
    """The database and the broker."""
    services: tuple[Service, ...] = patient.prepared.services if patient.prepared else ()
    needs = {what: where for service in services for what, where in service.needs.items()}
    for what, where in needs.items():
        if where.answers():
            yield Finding("ok", f"{what} answers at {where}.")
        else:
            yield Finding(
                "problem", f"{what} does not answer at {where}.", "Start it, or correct its address."
            )


def _messages(patient: Patient) -> Iterator[Finding]:
    if patient.prepared and (found := patient.prepared.lacks_for_slack):
        yield Finding("warning", found.what, found.remedy)


def _settings(patient: Patient) -> Iterator[Finding]:
    if not patient.home.writes_settings():
        yield Finding(
            "warning",
            f"{patient.home.settings} was written by hand: what platform.yaml says of it does not hold.",
            "Move what it says to platform.yaml and remove it; or leave it, if that is meant.",
        )


def _running(patient: Patient) -> Iterator[Finding]:
    """The platform that is up; else whether its ports are free."""
    state = read(patient.home)
    if state is None:
        for service in patient.prepared.services if patient.prepared else ():
            try:
                if service.listens:
                    check_port(service.name, service.listens)
            except DagwayError as error:
                yield Finding("problem", error.message, error.remedy)
        return
    for name, one in state.services.items():
        if one["state"] != "healthy":
            yield Finding(
                "problem", f"{name} is {one['state']}: {one['reason']}.", f"See `dagway logs {name}`."
            )
    adopt(patient.platform)
    try:
        broken = locations(state.webserver).broken
    except PermissionError as error:
        found = refused(error)
        yield Finding("problem", found.message, found.remedy)
        return
    except (OSError, ValueError, KeyError):
        return
    for name, why in broken.items():
        yield Finding("problem", f"{name} does not load: {why}", "Mend it; it is loaded again by itself.")


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


_CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    *(
        _python,
        _family,
        _packages,
        _variables,
        _homes,
        _workers,
        _operations,
        _private,
        _disk,
        _clock,
        _limits,
    ),
    *(_settings, _messages, _servers, _running),
)
