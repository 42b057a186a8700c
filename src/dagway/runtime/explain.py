"""`python -m dagway.runtime.explain -m my_project.definitions`: whether runs of these definitions start warm, and if not, why."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

from dagway.errors import DagwayError
from dagway.runtime import safety
from dagway.runtime.process import is_supported
from dagway.runtime.safety import Obstacle


def explain(pointer: Sequence[str], folder: str | None = None) -> tuple[Obstacle, ...]:
    """What would make runs of these definitions start cold; nothing where they start warm.

    Args:
        pointer: where they are, in the words of `dagster api grpc`: `-m`, `-f`, `-a`, `-d` and what follows each.
        folder: the working directory; None for this one.

    Raises:
        DagwayError: the definitions do not load.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, "--json", *pointer],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise DagwayError(
            f"The definitions do not load: {last[0]}",
            "Run 'dg check defs' to see where, and mend that first.",
        )
    return tuple(Obstacle(**found) for found in json.loads(done.stdout.splitlines()[-1]))


def _obstacles(pointer: Sequence[str]) -> tuple[Obstacle, ...]:
    from dagway._dagster.code_server import load

    if not is_supported():
        return (Obstacle("no way to hold an image (it needs Linux 5.3 or later)"),)
    watch = safety.ThreadWatch()
    watch.start()
    load(pointer)
    watch.stop()
    return safety.obstacles(watch)


def main(words: Sequence[str]) -> int:
    """0 when runs start warm, 1 when they start cold."""
    as_json = "--json" in words
    found = _obstacles([word for word in words if word != "--json"])
    if as_json:
        print(json.dumps([asdict(obstacle) for obstacle in found]))
        return 0
    if found:
        print("Runs start cold: loading these definitions leaves")
        for obstacle in found:
            print(f"  {obstacle}")
        print(safety.REMEDY)
    else:
        print("Runs start warm.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
