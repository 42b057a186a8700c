"""`python -m dagway.prototype.prove.worker FOLDER SCRATCH`: one warm process that forks two lanes.

One lane observes the project; the other runs the commands of the checklist. Results are left in SCRATCH as pickled
values of this package; progress goes to the standard output, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
from pathlib import Path

from dagway.errors import DagwayError
from dagway.prototype.prove import commands
from dagway.prototype.prove.forked import Fork, fork, wait
from dagway.prototype.prove.model import Command, Facts
from dagway.prototype.prove.planned import read_plan

FACTS, COMMANDS, FAILURE = "facts.pickle", "commands.pickle", "failure.pickle"


def main(folder: Path, scratch: Path) -> int:
    """0 when both lanes came to their end, 2 when the project does not load, else the observing lane's status."""
    progress = os.dup(1)
    commands.warm()
    observing = fork(lambda: _observe(folder, scratch, progress), scratch / "observe.txt")
    checking = fork(lambda: _check(folder, scratch, progress), scratch / "check.txt")
    status, _ = wait(observing)
    launched = _launch(folder, scratch) if status == 0 else None
    _finish(checking, scratch, launched)
    return status


def _observe(folder: Path, scratch: Path, progress: int) -> int:
    from dagway.prototype.prove.observe import observe

    def report(phase: str, done: int, total: int) -> None:
        _say(progress, phase, done, total)

    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        facts = observe(folder, read_plan(folder), report)
    except DagwayError as error:
        (scratch / FAILURE).write_bytes(pickle.dumps((error.message, error.remedy)))
        return 2
    (scratch / FACTS).write_bytes(pickle.dumps(facts))
    return 0


def _check(folder: Path, scratch: Path, progress: int) -> int:
    done: list[Command] = []
    for number, words in enumerate(commands.CHECKS):
        with tempfile.TemporaryDirectory(dir=scratch) as home:
            done.append(commands.run(words, folder, scratch, Path(home)))
        _say(progress, "check", number + 1, len(commands.CHECKS))
        (scratch / COMMANDS).write_bytes(pickle.dumps(tuple(done)))
    return 0


def _launch(folder: Path, scratch: Path) -> Command | None:
    """Materializes the smallest asset once more by `dg launch`, when nothing else holds the warehouse."""
    facts: Facts = pickle.loads((scratch / FACTS).read_bytes())  # noqa: S301  written by our own fork
    key = _smallest(facts)
    if key is None:
        return None
    home = Path(os.environ["DAGSTER_HOME"])
    return commands.run(("dg", "launch", "--assets", f'key:"{key}"'), folder, scratch, home)


def _smallest(facts: Facts) -> str | None:
    done = [
        asset for asset in facts.assets if asset.materialized and not asset.error and not asset.partitions
    ]
    return min(done, key=lambda asset: (asset.seconds or 0.0, asset.key)).key if done else None


def _finish(checking: Fork, scratch: Path, launched: Command | None) -> None:
    wait(checking)
    path = scratch / COMMANDS
    done: tuple[Command, ...] = pickle.loads(path.read_bytes()) if path.is_file() else ()  # noqa: S301
    done += (launched,) if launched else ()
    path.write_bytes(pickle.dumps(done))


def _say(progress: int, phase: str, done: int, total: int) -> None:
    os.write(progress, (json.dumps({"phase": phase, "done": done, "total": total}) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
