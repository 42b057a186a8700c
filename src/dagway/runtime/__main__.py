"""`python -m dagway.runtime PID api grpc …`: the server that `dagway code-server`, process PID, starts at each load."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dagway.runtime.version import settle

#: Dagster puts them, once, behind what it takes for its own program and that program's flags.
_COMMAND = ["api", "grpc"]


def options_in(words: Sequence[str]) -> list[str]:
    """The words without those of the command; a location, a module or a folder may have the name of one of them."""
    places = range(len(words) - len(_COMMAND) + 1)
    start = next(place for place in places if list(words[place : place + len(_COMMAND)]) == _COMMAND)
    return [*words[:start], *words[start + len(_COMMAND) :]]


if __name__ == "__main__":
    # Before anything that may import from where the project is.
    settle()
    from dagway.runtime.code_server import serve

    serve(options_in(sys.argv[2:]), int(sys.argv[1]))
