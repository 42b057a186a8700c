"""Four jobs that run all the while, and processes killed in turn: nothing is lost, stuck or doubled.

`DAGWAY_TEST_FAULTS` says how often each kind of process is killed; once is enough to see that it works, a release is tried with twenty.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from processes import PATIENCE, is_alive, until
from psycopg.conninfo import conninfo_to_dict
from served_platform import Platform, project, up

from dagway.platform.probe import ask

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ROUNDS = int(os.environ.get("DAGWAY_TEST_FAULTS", "1"))
#: Seconds in which a service is to be healthy again, and a run whose process was killed to be failed. On a machine of its own it is
#: less than ten, which the figures that are printed are to show; this one may have much else to do.
SOON = 60.0
#: Parts that each run reports, one by one.
PARTS = 6
SCHEDULED, LAUNCHED = ("ticked", "ticked_by_steps"), ("launched", "launched_by_steps")
CODE = """\
import os
import time
from pathlib import Path

import dagster as dg

TOLD = Path(os.environ["SCRATCH"]) / "told"
TOLD.parent.mkdir(exist_ok=True)


def reporting(name: str) -> dg.AssetsDefinition:
    @dg.asset(name=f"{name}_whole")
    def whole(context: dg.AssetExecutionContext) -> None:
        for number in range(6):
            context.log_event(dg.AssetMaterialization(f"{name}_part", metadata={"number": number}))
            # After it: what is written here has been reported before.
            with TOLD.open("a") as file:
                file.write(f"{name} {context.run.run_id} {number} {os.getpid()}\\n")
            time.sleep(0.2)

    return whole


def job(name: str) -> object:
    executor = dg.multiprocess_executor if name.endswith("steps") else dg.in_process_executor
    return dg.define_asset_job(name, f"key:{name}_whole", executor_def=executor, tags={"soak": "yes"})


scheduled = ("ticked", "ticked_by_steps")
jobs = [job(name) for name in (*scheduled, "launched", "launched_by_steps")]
defs = dg.Definitions(
    assets=[reporting(one.name) for one in jobs],
    jobs=jobs,
    schedules=[
        dg.ScheduleDefinition(
            name=f"{one.name}_schedule", job=one, cron_schedule="* * * * *", default_status=dg.DefaultScheduleStatus.RUNNING
        )
        for one in jobs
        if one.name in scheduled
    ],
)
"""
#: A run whose start was broken off is failed by then; it is waited for.
PLATFORM = "platform: 1\nruns: {start_within: 45s}\n"
_RUNS = """{ runsOrError(filter: {tags: [{key: "soak", value: "yes"}]}, limit: 10000) { ... on Runs { results {
  runId jobName status assetMaterializations { assetKey { path }
    metadataEntries { label ... on IntMetadataEntry { intValue } } } } } } }"""
_STATUSES = """{ runsOrError(filter: {tags: [{key: "soak", value: "yes"}]}, limit: 10000) { ... on Runs {
  results { runId status } } } }"""
_TICKS = """query ($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) { ... on Schedule {
  scheduleState { ticks(limit: 1000) { timestamp status runIds } typeSpecificData { ... on ScheduleData { startTimestamp } } } } } }"""
OVER = {"SUCCESS", "FAILURE", "CANCELED"}
#: What is killed, in turn.
ROLES: tuple[str, ...] = ("definitions", "webserver", "run", "step", "daemon")
MINUTE = 60
#: Seconds before a minute's end in which nothing else is killed.
NEAR = 12


@pytest.fixture(params=["embedded", "postgres"])
def storage(request: pytest.FixtureRequest) -> tuple[str, Mapping[str, str]]:
    """The profile, and the variables that it needs."""
    if request.param == "embedded":
        return "embedded", {}
    parts = conninfo_to_dict(request.getfixturevalue("postgres_url"))
    names = {"HOST": "host", "PORT": "port", "USER": "user", "DB": "dbname"}
    given = {f"DAGSTER_POSTGRES_{name}": str(parts[key]) for name, key in names.items() if key in parts}
    return "postgres", given


@dataclass(frozen=True)
class Told:
    """What a step wrote down after it had reported a part; `pid` is its process."""

    job: str
    run: str
    number: int
    pid: int


@dataclass
class Soak:
    """A platform under load, and what was done to it.

    Attributes:
        killed: runs of which a process was killed.
        seconds: role → how long it took each time until all was well again.
    """

    platform: Platform
    launched: dict[str, list[str]] = field(default_factory=lambda: {job: [] for job in LAUNCHED})
    killed: set[str] = field(default_factory=set[str])
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def told(self) -> list[Told]:
        """Whole lines, in their order."""
        path = self.platform.scratch / "told"
        rows = [line.split() for line in path.read_text().split("\n")[:-1]] if path.exists() else []
        return [Told(job, run, int(number), int(pid)) for job, run, number, pid in rows]

    def keep_launching(self, enough: threading.Event) -> None:
        """Each job again once its last run is over; a launch may be refused while something is down."""
        while not enough.wait(0.1):
            for job, runs in self.launched.items():
                if not runs or self.platform.run_status(runs[-1]) in OVER:
                    with suppress(OSError, ValueError, AssertionError):
                        runs.append(self.platform.launch(job))

    @contextmanager
    def under_load(self) -> Generator[None]:
        """Runs are launched until the block ends."""
        enough = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            launching = pool.submit(self.keep_launching, enough)
            try:
                yield
            finally:
                enough.set()
            launching.result()

    def kill_service(self, name: str) -> None:
        """Until another process of it is healthy, and every other service too."""
        began = time.monotonic()
        self.platform.kill_until_back(name)
        self.platform.wait()
        self._note(name, began)

    def kill_of_run(self, role: str) -> None:
        """The process of a run, or that of its step; until the run is over. One that is faster than we is let go."""
        until(lambda: self._hit(role), f"a {role} that can be killed")

    def _hit(self, role: str) -> bool:
        told = self.told()
        runs = self.launched["launched_by_steps"]
        step = next((one for one in reversed(told) if runs and one.run == runs[-1]), None)
        # Its first parts: it has a second to live.
        if step is None or step.number > 1:
            return False
        pid = step.pid if role == "step" else self._process_of(step.run)
        if pid is None or not is_alive(pid) or self.platform.run_status(step.run) != "STARTED":
            return False
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        if self.platform.end(step.run) == "SUCCESS":
            return False
        self.killed.add(step.run)
        until(lambda: not is_alive(step.pid), "the end of the step of a run that was killed", SOON)
        self._note(role, began)
        return True

    def _process_of(self, run: str) -> int | None:
        """The run's own process, as it has told itself."""
        with suppress(OSError, ValueError):
            found = [
                re.search(r"multiprocess executor: parent process \(pid: (\d+)\)", message)
                for message in self.platform.messages(run)
            ]
            return next((int(match[1]) for match in found if match), None)
        return None

    def _note(self, role: str, began: float) -> None:
        took = time.monotonic() - began
        self.seconds.setdefault(role, []).append(took)
        assert took < SOON, f"{role}: well again after {took:.1f} s\n{self.platform.output()}"

    def statuses(self) -> dict[str, str]:
        """Of every run; one that has none yet while the webserver does not answer."""
        with suppress(OSError, ValueError):
            results = ask(self.platform.url, _STATUSES, patience=PATIENCE)["runsOrError"]["results"]
            return {run["runId"]: run["status"] for run in results}
        return {"": "unknown"}

    def runs(self) -> list[dict[str, Any]]:
        """Every run with what it has reported."""
        return ask(self.platform.url, _RUNS, patience=PATIENCE)["runsOrError"]["results"]

    def schedule(self, job: str) -> dict[str, Any]:
        """The state of a job's schedule."""
        selector = {
            "repositoryLocationName": "definitions",
            "repositoryName": "__repository__",
            "scheduleName": f"{job}_schedule",
        }
        found = ask(self.platform.url, _TICKS, {"selector": selector}, PATIENCE)["scheduleOrError"]
        return found["scheduleState"]

    def has_begun(self, job: str) -> bool:
        """Whether the daemon has taken note of the schedule: from then on no tick may be lost."""
        return bool(self.schedule(job)["typeSpecificData"]["startTimestamp"])

    def has_ticked(self, job: str, when: int) -> bool:
        """Whether the schedule has done what was due then."""
        with suppress(OSError, ValueError):
            ticks = self.schedule(job)["ticks"]
            return any(one["timestamp"] == when and one["status"] == "SUCCESS" for one in ticks)
        return False

    def never_began(self, found: list[dict[str, Any]]) -> set[str]:
        """Those that a daemon was starting when it was killed, if that was the moment: they say so."""
        failed = [run["runId"] for run in found if run["status"] == "FAILURE"]
        said = {run: "".join(self.platform.messages(run)) for run in failed if run not in self.killed}
        return {
            run for run, text in said.items() if re.search(r"taking longer than \d+ seconds to start", text)
        }

    def kill_each(self, over_a_minute: str) -> None:
        """Each kind of process once; the one that is named so that a tick falls into its absence."""
        left = list(ROLES)
        while left:
            role = next((one for one in left if one != over_a_minute), over_a_minute)
            if over_a_minute in left and (role == over_a_minute or until_minute() < NEAR):
                role = over_a_minute
                until(lambda: until_minute() < 0.7, "the end of a minute")
            left.remove(role)
            self.kill_of_run(role) if role in {"run", "step"} else self.kill_service(role)


def until_minute() -> float:
    """Seconds until the next minute begins."""
    return MINUTE - time.time() % MINUTE


def test_kills_while_four_jobs_run(tmp_path: Path, storage: tuple[str, Mapping[str, str]]) -> None:
    profile, environment = storage
    folder = project(tmp_path, CODE)
    (folder / "platform.yaml").write_text(PLATFORM)
    with up(folder, "--profile", profile, environment=environment) as platform:
        platform.until_up()
        platform.wait()
        soak = Soak(platform)
        for job in SCHEDULED:
            until(lambda job=job: soak.has_begun(job), f"the schedule of {job}")
        began = time.time()
        with soak.under_load():
            for number in range(ROUNDS):
                soak.kill_each({0: "daemon", 1: "definitions"}.get(number, ""))
        last = int(time.time()) // MINUTE * MINUTE
        for job in SCHEDULED:
            until(lambda job=job: soak.has_ticked(job, last), f"the tick of {job} at {last}")
        until(lambda: set(soak.statuses().values()) <= OVER, "the end of every run", 240)
        found, told = soak.runs(), soak.told()
        never_began = soak.never_began(found)
        ticks = {job: soak.schedule(job)["ticks"][::-1] for job in SCHEDULED}
    for role, seconds in soak.seconds.items():
        print(
            f"{profile}: {role} killed {len(seconds)} times, well again after {statistics.median(seconds):.1f} s,"
            f" at most {max(seconds):.1f} s"
        )
    check_ticks(ticks, found, began, last)
    check_runs(soak, found, never_began)
    check_reports(found, told)


def check_ticks(
    ticks: Mapping[str, list[dict[str, Any]]], found: list[dict[str, Any]], began: float, last: int
) -> None:
    """One tick for each minute, and one run for each tick."""
    minutes = list(range((int(began) // MINUTE + 1) * MINUTE, last + 1, MINUTE))
    assert minutes
    for job, some in ticks.items():
        assert [int(one["timestamp"]) for one in some if began < one["timestamp"] <= last] == minutes
        assert {len(one["runIds"]) for one in some} == {1}, some
        runs = [run["runId"] for run in found if run["jobName"] == job]
        assert set(runs) <= {one["runIds"][0] for one in some}
        assert {one["runIds"][0] for one in some if one["timestamp"] <= last} <= set(runs)


def check_runs(soak: Soak, found: list[dict[str, Any]], never_began: set[str]) -> None:
    """None is stuck or lost, and those failed whose own process was killed, or that a daemon was just about to start."""
    statuses = {run["runId"]: run["status"] for run in found}
    assert set(statuses.values()) <= {"SUCCESS", "FAILURE"}
    assert {run for runs in soak.launched.values() for run in runs} <= set(statuses)
    print(f"{len(found)} runs, {len(soak.killed)} killed, {len(never_began)} whose start was")
    assert {run for run, status in statuses.items() if status == "FAILURE"} == soak.killed | never_began
    # At most one or two of each kill of the daemon: others would be no matter of the moment.
    assert len(never_began) <= 2 * ROUNDS


def check_reports(found: list[dict[str, Any]], told: list[Told]) -> None:
    """What a step has reported is in the log once, and all of what one that succeeded has."""
    log = Counter(
        (run["runId"], entry["intValue"])
        for run in found
        for event in run["assetMaterializations"]
        for entry in event["metadataEntries"]
        if entry["label"] == "number"
    )
    assert set(log.values()) == {1}
    assert {(one.run, one.number) for one in told} <= set(log)
    assert len(told) == len({(one.run, one.number) for one in told})
    for run in found:
        if run["status"] == "SUCCESS":
            keys = Counter(event["assetKey"]["path"][-1] for event in run["assetMaterializations"])
            assert keys == {f"{run['jobName']}_part": PARTS, f"{run['jobName']}_whole": 1}
