"""`kill -9` at random moments, under load: every run ends, none runs twice, nothing is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from processes import until
from runtime.havoc import EVERYTHING, ROLES, Havoc, havoc, moment

pytestmark = [pytest.mark.integration, pytest.mark.slow]
#: The short form; `make test-kills` is the long one.
KILLS = int(os.environ.get("DAGWAY_TEST_KILLS", "12"))
SEED = int(os.environ.get("DAGWAY_TEST_SEED", "1"))
AT_ONCE = 4
#: Between two kills, at most, in seconds.
LONGEST = 2.0


def test_every_run_ends_once_and_nothing_is_left(tmp_path: Path) -> None:
    with havoc(tmp_path, SEED) as found:
        rage(found, KILLS)
        until(found.answers, "a code server that serves again")
        until(lambda: all(run.is_finished for run in found.runs()), "the end of every run", 300)
        assert not found.ran_twice()
        assert started_twice(found) == []
        serves_again(found)
        until(lambda: not found.zombies(), "no zombie", 30)
        end(found)
        assert found.left_behind() == []
        print(f"seed {SEED}: {found.kills}, {len(found.runs())} runs: {statuses(found)}")


def rage(found: Havoc, kills: int) -> None:
    """So many kills, each role as often as the others, in an order and at moments that nobody chose."""
    while sum(found.kills.values()) < kills:
        for role in found.chance.sample((*ROLES, EVERYTHING), len(ROLES) + 1):
            until(lambda role=role: strikes(found, role), f"a {role} to kill", 180)


def strikes(found: Havoc, role: str) -> bool:
    """Whether there was one of the role after a while, and has been killed."""
    found.keep_busy(AT_ONCE)
    moment(found.chance, LONGEST)
    return found.kill(role)


def started_twice(found: Havoc) -> list[str]:
    """Runs that were begun by more than one process."""
    return [
        run.run_id
        for run in found.runs()
        if sum(
            entry.dagster_event is not None and entry.dagster_event.event_type_value == "PIPELINE_START"
            for entry in found.instance.all_logs(run.run_id)
        )
        > 1
    ]


def serves_again(found: Havoc) -> None:
    """After all of it, a run succeeds."""
    known = {run.run_id for run in found.runs()}
    found.keep_busy(1)
    new = [run.run_id for run in found.runs() if run.run_id not in known]
    assert len(new) == 1
    until(lambda: found.instance.get_run_by_id(new[0]).is_success, "a run that succeeds")  # pyright: ignore[reportOptionalMemberAccess]


def end(found: Havoc) -> None:
    """Asked to end, as a deployment does, it takes everything with it."""
    os.kill(found.supervisors[-1].pid, signal.SIGTERM)
    found.supervisors[-1].wait(60)
    until(lambda: not found.mine(), f"the end of processes {found.mine()}", 60)


def statuses(found: Havoc) -> dict[str, int]:
    """How many runs ended how."""
    counts: dict[str, int] = {}
    for run in found.runs():
        counts[run.status.value] = counts.get(run.status.value, 0) + 1
    return counts
