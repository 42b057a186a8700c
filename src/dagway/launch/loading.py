"""Makes this process the project's, and loads its definitions; the same for one that starts cold."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dagster as dg

from dagway._dagster.launching import Part, pointer_to
from dagway.errors import DagwayError
from dagway.garbage import no_garbage_collection
from dagway.launch.request import Request
from dagway.project.env_file import become, of_project
from dagway.project.failure import explain
from dagway.project.home import make_home
from dagway.project.load import repositories
from dagway.project.locate import Location, locate
from dagway.project.nearest import nearest


def location_of(request: Request) -> Location:
    """The code location that is meant.

    Raises:
        DagwayError: there is none, or several of which none is named.
    """
    found = {location.name: location for location in locate(Path(request.project))}
    if request.location:
        if request.location not in found:
            advice = nearest(request.location, found)
            raise DagwayError(f"{request.project} has no code location {request.location!r}.", advice)
        return found[request.location]
    if len(found) > 1:
        raise DagwayError(
            f"{request.project} has {len(found)} code locations, and a run belongs to one of them.",
            f"Add --location NAME: {', '.join(sorted(found))}.",
        )
    return next(iter(found.values()))


def settle(location: Location) -> None:
    """Folder, import path and variables of this process, for the rest of its life, as a code server has them.

    Raises:
        DagwayError: Dagster's home is not there, or cannot be made; the `.env` cannot be read.
    """
    os.chdir(location.root)
    sys.path[:0] = [str(path) for path in location.paths if str(path) not in sys.path]
    become(of_project(location.root, os.environ))
    named = os.environ.get("DAGSTER_HOME")
    if not named:
        os.environ["DAGSTER_HOME"] = str(_home(location.root))
    elif not Path(named).is_dir():
        raise DagwayError(
            f"DAGSTER_HOME is {named}, and there is no such folder.",
            "Make it, or unset DAGSTER_HOME: then the project's .dagway/home has the runs.",
        )


def _home(root: Path) -> Path:
    try:
        return make_home(root)
    except OSError as error:
        raise DagwayError(
            f"{root} cannot be written, and the runs are kept there: {error}.",
            "Set DAGSTER_HOME to a folder that you may write.",
        ) from error


def load(location: Location) -> tuple[Part, ...]:
    """The repositories of the code location, each as a part that is all of it.

    Raises:
        DagwayError: it does not load.
    """
    with no_garbage_collection():
        found = _repositories(location)
    return tuple(
        Part(
            repository=repository,
            pointer=pointer_to(__name__, "reload", str(location.root), location.name, repository.name),
            location=location.name,
            root=location.root,
            job="",
        )
        for repository in found
    )


def _repositories(location: Location) -> tuple[dg.RepositoryDefinition, ...]:
    try:
        return tuple(repositories(location))
    except DagwayError:
        raise
    # A project may fail in any way, also by SystemExit: each becomes one explained error.
    except (Exception, SystemExit) as error:
        raise explain(error, location) from error


def reload(project: str, location: str, repository: str) -> dg.RepositoryDefinition:
    """The repository, for a process that did not fork from a warm image. Dagster calls it by its name."""
    found = location_of(Request(project, location=location))
    settle(found)
    return next(one for one in _repositories(found) if one.name == repository)
