"""Four jobs that run all the while, and a process killed again and again: nothing is lost, stuck or doubled.

`DAGWAY_TEST_FAULTS` says how many kills there are; three are enough to see that it works, a release is tried with sixty.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from processes import PATIENCE, descendants, until
from psycopg.conninfo import conninfo_to_dict
from served_platform import Platform, project, up

from dagway.platform.probe import ask

pytestmark = [pytest.mark.integration, pytest.mark.slow]
FAULTS = int(os.environ.get("DAGWAY_TEST_FAULTS", "3"))
JOBS = ("one", "two", "three", "four")
CODE = """\
import dagster as dg


def counted(name: str) -> dg.AssetsDefinition:
    @dg.asset(name=name)
    def one(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"run": context.run.run_id})

    return one


names = ("one", "two", "three", "four")
defs = dg.Definitions(
    assets=[counted(f"{name}_asset") for name in names],
    jobs=[
        dg.define_asset_job(name, f"key:{name}_asset", executor_def=dg.in_process_executor, tags={"soak": "yes"})
        for name in names
    ],
)
"""
_RUNS = """{ runsOrError(filter: {tags: [{key: "soak", value: "yes"}]}, limit: 5000) { ... on Runs {
  results { runId status assetMaterializations { assetKey { path } } } } } }"""
OVER = {"SUCCESS", "FAILURE", "CANCELED"}


@pytest.fixture(params=["embedded", "postgres"])
def storage(request: pytest.FixtureRequest) -> tuple[str, Mapping[str, str]]:
    """The profile, and the variables that it needs."""
    if request.param == "embedded":
        return "embedded", {}
    parts = conninfo_to_dict(request.getfixturevalue("postgres_url"))
    names = {"HOST": "host", "PORT": "port", "USER": "user", "DB": "dbname"}
    given = {f"DAGSTER_POSTGRES_{name}": str(parts[key]) for name, key in names.items() if key in parts}
    return "postgres", given


def test_kills_while_four_jobs_run(tmp_path: Path, storage: tuple[str, Mapping[str, str]]) -> None:
    profile, environment = storage
    chance = random.Random(6)
    with up(project(tmp_path, CODE), "--profile", profile, environment=environment) as platform:
        platform.until_up()
        launched = [platform.launch(job) for job in JOBS]
        for _ in range(FAULTS):
            kill_one(platform, chance)
            platform.wait()
            launched += [platform.launch(job) for job in JOBS]
        until(
            lambda: all(status in OVER for status in statuses(platform).values()), "the end of every run", 240
        )
        found = ask(platform.url, _RUNS, patience=PATIENCE)["runsOrError"]["results"]
        assert {run["runId"] for run in found} == set(launched)
        # Every run that succeeded has told of its one asset, once.
        told = Counter(len(run["assetMaterializations"]) for run in found if run["status"] == "SUCCESS")
        assert set(told) == {1}
        # What a kill hit has failed and says so; what none hit has not.
        assert sum(told.values()) >= len(JOBS)
        assert platform.end(platform.launch("one")) == "SUCCESS"


def kill_one(platform: Platform, chance: random.Random) -> None:
    """A service, or a run: what is under way is known by its parent, the code server's image."""
    service = chance.choice(("definitions", "webserver", "daemon", "run"))
    if service != "run":
        platform.kill_until_back(service)
        return
    below = descendants(platform.service("definitions")["pid"])
    if below:
        os.kill(below[-1], signal.SIGKILL)


def statuses(platform: Platform) -> dict[str, str]:
    """Of every run; one that has none yet while the webserver does not answer."""
    try:
        return {
            run["runId"]: run["status"]
            for run in ask(platform.url, _RUNS, patience=PATIENCE)["runsOrError"]["results"]
        }
    except (OSError, ValueError):
        return {"": "unknown"}
