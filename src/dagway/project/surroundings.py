"""The process around a load: folder, import path, environment and warnings as the project expects; put back after."""

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dagway.project.env_file import become, of_project
from dagway.project.locate import Location


@contextmanager
def surroundings(location: Location, *, dotenv: bool = True) -> Generator[None]:
    """Everything that one load needs of its process.

    What the project prints goes to the standard error, so that it cannot break JSON on the standard output.

    Args:
        dotenv: the variables of ``.env`` are set too, where they are not set already and this is not production.

    Raises:
        DagwayError: the ``.env`` cannot be read.
    """
    with (
        contextlib.chdir(location.root),
        _environment(location.root if dotenv else None),
        _import_path(location),
        warnings.catch_warnings(action="ignore"),
        contextlib.redirect_stdout(sys.stderr),
    ):
        yield


@contextmanager
def _environment(root: Path | None) -> Generator[None]:
    """What a project at that folder has of variables; those of this process where none is given."""
    before = dict(os.environ)
    if root:
        become(of_project(root, before))
    try:
        yield
    finally:
        become(before)


@contextmanager
def _import_path(location: Location) -> Generator[None]:
    """Put the project's folders first, and forget its modules after: another project may use the same names."""
    before, modules = list(sys.path), set(sys.modules)
    sys.path[:0] = [str(path) for path in location.paths]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before
        # All are found before any is forgotten: a namespace package asks its parent for its path.
        for name in [name for name in set(sys.modules) - modules if _is_of(location, name)]:
            del sys.modules[name]


def _is_of(location: Location, name: str) -> bool:
    """Whether a module came from the project. Strings, not paths: this looks at hundreds of modules."""
    module = sys.modules[name]
    file = getattr(module, "__file__", None)
    try:
        places = [file] if file else [str(place) for place in getattr(module, "__path__", ())]
    # A folder without `__init__.py` asks its package for its path: the package is gone where its import failed.
    except KeyError:
        return True
    folders = tuple(f"{folder}{os.sep}" for folder in (location.root, *location.paths))
    return any(
        place.startswith(folders) and f"{os.sep}site-packages{os.sep}" not in place for place in places
    )
