"""Variables of `.env` files: the environment goes before them, and an empty value is none."""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from dagway._dagster.login import OWN, without
from dagway.errors import DagwayError

_PRODUCTION = {"production", "prod"}


def is_production(environment: Mapping[str, str]) -> bool:
    """Whether the environment says that it is one where no file says anything."""
    return environment.get("DAGWAY_ENVIRONMENT") in _PRODUCTION


def read(path: Path, environment: Mapping[str, str], kept: Collection[str] = ()) -> dict[str, str]:
    """The variables of a file; none where there is no such file.

    What a value names, as `${NAME}`, is that of the environment, or else of a line before it.

    Args:
        kept: names that no file says.

    Raises:
        DagwayError: the file cannot be read.
    """
    given = {name: value for name, value in environment.items() if value}
    found: dict[str, str] = {}
    known = ChainMap(given, found)
    for name, text in _lines(path):
        # The last of several lines counts; an empty one unsets.
        value = _filled_in(text, known)
        found.pop(name, None)
        if value and name not in kept:
            found[name] = value
    return found


def _lines(path: Path) -> list[tuple[str, str]]:
    from dotenv.main import DotEnv

    try:
        if not path.is_file():
            return []
        # Some editors begin a file with a mark, which is no part of the first name.
        found = DotEnv(path, interpolate=False, encoding="utf-8-sig").parse()
        lines = [(name, text or "") for name, text in found]
    except OSError as error:
        raise DagwayError(
            f"{path} cannot be read: {error.strerror}.", "Give yourself the right to read it, or remove it."
        ) from None
    except UnicodeDecodeError as error:
        # Nothing of what stands there: it may be a password.
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DagwayError(f"{path} cannot be read: line {line} is not UTF-8.", "Save it as UTF-8.") from None
    if any("\0" in part for line in lines for part in line):
        raise DagwayError(f"{path} cannot be read: it has empty bytes, as UTF-16 has.", "Save it as UTF-8.")
    return lines


def _filled_in(text: str, known: Mapping[str, str]) -> str:
    from dotenv.variables import parse_variables

    return "".join(part.resolve(known) for part in parse_variables(text))


def said(
    paths: Iterable[Path], environment: Mapping[str, str], kept: Collection[str]
) -> Iterator[tuple[str, str, Path]]:
    """Name, value and file of what the environment does not set, or sets to nothing; each name once, the first file first.

    Raises:
        DagwayError: a file cannot be read.
    """
    known = {name: value for name, value in environment.items() if value}
    for path in paths:
        new = {name: value for name, value in read(path, known, kept).items() if name not in known}
        known |= new
        for name, value in new.items():
            yield name, value, path


def of_project(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process that runs the code of a project without a platform: those of the environment, then the folder's `.env`.

    As on a platform, nothing is read in production, and nobody who runs a project's code has to know how to come in.

    Raises:
        DagwayError: the file cannot be read.
    """
    own = without(environment)
    files = () if is_production(own) else (folder / ".env",)
    return {**own, **{name: value for name, value, _ in said(files, own, OWN)}}


def become(wanted: Mapping[str, str]) -> None:
    """Gives this process these variables and no others."""
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
