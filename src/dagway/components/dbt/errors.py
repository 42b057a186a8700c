"""What dbt, or Dagster's client for it, says went wrong: as one error with its remedy."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from dagster_dbt.errors import (
    DagsterDbtCliRuntimeError,
    DagsterDbtError,
    DagsterDbtProfilesDirectoryNotFoundError,
    DagsterDbtProjectNotFoundError,
    DagsterDbtProjectYmlFileNotFoundError,
)
from pydantic import ValidationError
from yaml import YAMLError

from dagway.errors import DagwayError

REMEDIES: dict[type[DagsterDbtError], str] = {
    DagsterDbtProjectNotFoundError: "Correct `project`, or put the dbt project there.",
    DagsterDbtProfilesDirectoryNotFoundError: "Correct `profiles_dir`, or put `profiles.yml` there.",
    DagsterDbtProjectYmlFileNotFoundError: "Let `project` name the folder that has `dbt_project.yml`.",
}
_FOUND = "Errors parsed from dbt logs:"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TRACEBACK = "Traceback (most recent call last):"


@contextmanager
def clear_errors(what: str, remedy: str) -> Generator[None]:
    """Inside, what dbt or its client refuses is a `DagwayError`.

    Args:
        what: what was being done, such as `dbt cannot parse /project`.
        remedy: what to do about an error of dbt's own.
    """
    try:
        yield
    except DagsterDbtCliRuntimeError as error:
        raise DagwayError(f"{what}: {_told(error)}", remedy) from error
    except DagsterDbtError as error:
        raise DagwayError(f"{what}: {error.description}", REMEDIES.get(type(error), remedy)) from error
    except ValidationError as error:
        reasons = "; ".join(str(found["msg"]).removeprefix("Value error, ") for found in error.errors())
        raise DagwayError(f"{what}: {reasons}", remedy) from error
    except YAMLError as error:
        raise DagwayError(f"{what}: {error}", remedy) from error


def _told(error: DagsterDbtCliRuntimeError) -> str:
    """dbt's own messages; where it wrote none, what its client says of the command."""
    written: Any = error.description or ""
    _, _, messages = str(written).partition(_FOUND)
    told = (messages or str(written)).partition(_TRACEBACK)[0]
    lines = (line.strip() for line in _COLOUR.sub("", told).splitlines())
    return "\n".join(dict.fromkeys(line for line in lines if line))
