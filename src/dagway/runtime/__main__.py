"""`python -m dagway.runtime PID api grpc …`: the server that `dagway code-server`, process PID, starts at each load."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dagway.errors import DagwayError
from dagway.runtime import env_files, version

#: Dagster puts them, once, behind what it takes for its own program and that program's flags.
_COMMAND = ["api", "grpc"]


def options_in(words: Sequence[str]) -> list[str]:
    """The words without those of the command; a location, a module or a folder may have the name of one of them."""
    places = range(len(words) - len(_COMMAND) + 1)
    start = next(place for place in places if list(words[place : place + len(_COMMAND)]) == _COMMAND)
    return [*words[:start], *words[start + len(_COMMAND) :]]


if __name__ == "__main__":
    # Before anything that may import from where the project is, or look at a variable.
    version.settle()
    refusal: DagwayError | None = None
    try:
        is_told = env_files.settle()
    except DagwayError as error:
        # Told where people look for why definitions do not load.
        is_told, refusal = True, error
    from dagway.runtime.code_server import serve

    if is_told:
        from dagway._dagster import env_file

        env_file.leave_alone()
    serve(options_in(sys.argv[2:]), int(sys.argv[1]), refusal)
