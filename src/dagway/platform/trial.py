"""`python -m dagway.platform.trial`: whether the definitions of a folder load, in a process that serves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError
from dagway.project.locate import Location
from dagway.runtime import env_files

#: What it ends with where it has said why they do not load.
_REFUSED = 3
#: Seconds that definitions may take to load.
LONGEST = 600.0


def moved(location: Location, folder: Path) -> Location:
    """The location with `folder` in the place of its own: the same layout, another version.

    Raises:
        DagwayError: it is loaded from elsewhere too, so that another folder would not be another version.
    """
    bases = (location.root, location.root.resolve())

    def inside(path: Path) -> Path:
        base = next((base for base in bases if path.is_relative_to(base)), None)
        if base is None:
            raise DagwayError(
                f"The code location {location.name} is loaded from {path}, outside of its folder {location.root}.",
                "Name the folder that has all of it as its `path` in platform.yaml.",
            )
        return folder / path.relative_to(base)

    file = inside(location.file) if location.file else None
    return replace(location, root=folder, paths=tuple(map(inside, location.paths)), file=file)


def attempt(location: Location, environment: Mapping[str, str]) -> None:
    """Loads it in a process of its own with these variables.

    Raises:
        DagwayError: it does not load.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            cwd=location.root,
            env=dict(environment),
            input=json.dumps(asdict(location), default=str),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        raise DagwayError(
            f"The project does not load: it took longer than {LONGEST:g} seconds.",
            "Find what it waits for at import.",
        ) from None
    if done.returncode == 0:
        return
    if done.returncode == _REFUSED:
        raise DagwayError(**json.loads(done.stdout.splitlines()[-1]))
    last = done.stderr.strip().splitlines()[-1:] or ["no message"]
    raise DagwayError(
        f"The project does not load: it ends the process (exit code {done.returncode}): {last[0]}",
        "Mend the project, then try again.",
    )


def main(asked: Mapping[str, Any]) -> int:
    """0 where it loads."""
    from dagway.project.load import read_location
    from dagway.project.surroundings import surroundings

    location = Location(
        name=asked["name"],
        root=Path(asked["root"]),
        paths=tuple(map(Path, asked["paths"])),
        module=asked["module"],
        file=Path(asked["file"]) if asked["file"] else None,
        attribute=asked["attribute"],
        interpreter=asked["interpreter"],
    )
    try:
        # As the code server that is to serve it: what it reads of files is said by the platform.
        env_files.settle()
        with surroundings(location, dotenv=False):
            read_location(location)
    except DagwayError as error:
        print(json.dumps({"message": error.message, "remedy": error.remedy}))
        return _REFUSED
    return 0


if __name__ == "__main__":
    status = main(json.load(sys.stdin))
    sys.stdout.flush()
    # A thread that the project has started is not waited for.
    os._exit(status)
