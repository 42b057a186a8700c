"""Runs under way and code locations, as the webserver tells of them: to wait for, to cancel, to load anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagway.platform.probe import ask

_RUNS = """query ($statuses: [RunStatus!]) { runsOrError(filter: {statuses: $statuses}, limit: 1000) {
  ... on Runs { results { runId jobName status } } } }"""
_TERMINATE = """mutation ($id: String!) { terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) { __typename ... on Error { message } } }"""
_LOADED = "locationOrLoadError { __typename ... on PythonError { message errorChain { error { message } } } }"
_LOCATIONS = (
    f"""{{ workspaceOrError {{ ... on Workspace {{ locationEntries {{ name loadStatus {_LOADED} }} }} }} }}"""
)
_RELOAD = f"""mutation ($name: String!) {{ reloadRepositoryLocation(repositoryLocationName: $name) {{ __typename
  ... on Error {{ message }} ... on WorkspaceLocationEntry {{ {_LOADED} }} }} }}"""
#: Seconds that definitions may take to load.
_LOADING = 600.0
_UNDER_WAY = ("STARTING", "STARTED", "CANCELING")
_QUEUED = ("QUEUED",)


@dataclass(frozen=True)
class Locations:
    """What the webserver has of the code locations.

    Attributes:
        loaded: names of those that it has.
        broken: name → why its definitions do not load.
        loading: names of the others.
    """

    loaded: tuple[str, ...]
    broken: dict[str, str]
    loading: tuple[str, ...]


def under_way(webserver: str) -> list[str]:
    """The ids of runs that have a process, or are to have one now. Raises OSError, ValueError."""
    return _ids(webserver, _UNDER_WAY)


def queued(webserver: str) -> list[str]:
    """The ids of runs that wait in the queue. Raises OSError, ValueError."""
    return _ids(webserver, _QUEUED)


def cancel(webserver: str, run: str) -> str:
    """Asks a run to end; why that is refused, as it is while a run starts, empty where it is not. Raises OSError, ValueError."""
    found = ask(webserver, _TERMINATE, {"id": run})["terminateRun"]
    is_asked = found["__typename"] == "TerminateRunSuccess"
    return "" if is_asked else str(found.get("message") or found["__typename"])


def locations(webserver: str) -> Locations:
    """How the code locations are. Raises OSError, ValueError."""
    entries: list[dict[str, Any]] = ask(webserver, _LOCATIONS)["workspaceOrError"].get("locationEntries", [])
    broken, loaded, loading = dict[str, str](), list[str](), list[str]()
    for entry in entries:
        found: dict[str, Any] = entry["locationOrLoadError"] or {}
        if found.get("__typename") == "PythonError":
            broken[entry["name"]] = _why(found)
        elif entry["loadStatus"] == "LOADED" and found:
            loaded.append(entry["name"])
        else:
            loading.append(entry["name"])
    return Locations(tuple(loaded), broken, tuple(loading))


def reload(webserver: str, location: str) -> str:
    """Has one code location loaded anew; why its definitions do not load, empty where they do. Raises OSError, ValueError."""
    found = ask(webserver, _RELOAD, {"name": location}, _LOADING)["reloadRepositoryLocation"]
    if found["__typename"] == "WorkspaceLocationEntry":
        found = found["locationOrLoadError"] or {"message": "nothing was loaded"}
    return "" if found.get("__typename") == "RepositoryLocation" else _why(found)


def _why(error: dict[str, Any]) -> str:
    """What was raised first: the others say that something did not load."""
    chain = [one["error"]["message"] for one in error.get("errorChain") or ()]
    return str((chain or [error.get("message") or error["__typename"]])[-1]).strip()


def _ids(webserver: str, statuses: tuple[str, ...]) -> list[str]:
    found = ask(webserver, _RUNS, {"statuses": list(statuses)})["runsOrError"]
    runs: list[dict[str, Any]] = found.get("results", [])
    return [str(run["runId"]) for run in runs]
