"""`python -m dagway.prototype.prove.worker FOLDER SCRATCH`: one warm process that forks two lanes.

One lane observes the project; the other runs the commands of the checklist. Results are left in SCRATCH; progress
goes to the standard output, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from dagway.errors import DagwayError
from dagway.project.home import SETTINGS
from dagway.prototype.prove import commands
from dagway.prototype.prove.forked import fork, wait
from dagway.prototype.prove.leash import end_with_parent
from dagway.prototype.prove.model import Command, Facts
from dagway.prototype.prove.planned import read_plan
from dagway.prototype.prove.results import SIGNALLED, Results
from dagway.prototype.prove.room import no_room


def main(folder: Path, scratch: Path) -> int:
    """0 when both lanes came to their end, 2 when the project does not load, else the observing lane's status."""
    end_with_parent()
    results, progress = Results(scratch), os.dup(1)
    commands.warm()
    observing = fork(lambda: _observe(folder, results, progress), scratch / "observe.txt")
    checking = fork(lambda: _check(folder, results, progress), scratch / "check.txt")
    status, _ = wait(observing)
    if status != 0:
        # Whoever started this process ends the other lane with it.
        return status if status > 0 else SIGNALLED - status
    launched = _launch(folder, results, progress)
    wait(checking)
    results.write_commands(results.commands() + launched)
    return 0


def _observe(folder: Path, results: Results, progress: int) -> int:
    from dagway.prototype.prove.observe import observe

    def report(phase: str, done: int, total: int) -> None:
        _say(progress, phase, done, total)

    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        results.write_facts(observe(folder, read_plan(folder), report))
    except DagwayError as error:
        results.write_failure(error)
        return 2
    except Exception as error:
        full = no_room(error, f"The runs of the proof cannot be written to {os.environ['DAGSTER_HOME']}")
        if full is None:
            raise
        results.write_failure(full)
        return 2
    return 0


def _check(folder: Path, results: Results, progress: int) -> int:
    for number, words in enumerate(commands.CHECKS):
        _say(progress, "check", number, len(commands.CHECKS))
        with tempfile.TemporaryDirectory(dir=results.folder) as home:
            (Path(home) / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
            done = commands.run(words, folder, results.folder, Path(home))
        results.write_commands((*results.commands(), done))
    _say(progress, "check", len(commands.CHECKS), len(commands.CHECKS))
    return 0


def _launch(folder: Path, results: Results, progress: int) -> tuple[Command, ...]:
    """Materializes the quickest asset once more by `dg launch`, now that nothing else holds the warehouse."""
    facts = results.facts()
    key = _quickest(facts) if facts else None
    if key is None:
        return ()
    _say(progress, "launch", 0, 1)
    words = ("dg", "launch", "--assets", f'key:"{key}"')
    launched = commands.run(words, folder, results.folder, Path(os.environ["DAGSTER_HOME"]))
    _say(progress, "launch", 1, 1)
    return (launched,)


def _quickest(facts: Facts) -> str | None:
    whole = [
        asset for asset in facts.assets if asset.materialized and not asset.error and not asset.partitions
    ]
    return min(whole, key=lambda asset: (asset.seconds or 0.0, asset.key)).key if whole else None


def _say(progress: int, phase: str, done: int, total: int) -> None:
    os.write(progress, (json.dumps({"phase": phase, "done": done, "total": total}) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
