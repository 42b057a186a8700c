"""What a platform needs goes away and comes back: databases, brokers, Slack, the disk, the clock, all of its processes."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from processes import PATIENCE, is_alive, until
from served_location import free_port
from served_platform import Platform, dagway, project, up
from services import PostgresServer, RedisServer

from dagway.platform.probe import ask
from dagway.simulators.slack import slack_receiver

pytestmark = [pytest.mark.integration, pytest.mark.slow]
#: Seconds for which a server is away: as long as its release is tried with, or enough to be noticed by all.
AWAY = 30.0 if "DAGWAY_TEST_FAULTS" in os.environ else 6.0
SERVICES = ("definitions", "webserver", "daemon")
CODE = """\
import os
import time
from pathlib import Path

import dagster as dg

from dagway.operations import with_operations

SCRATCH = Path(os.environ["SCRATCH"])
SCRATCH.mkdir(exist_ok=True)


def waiting(name: str) -> dg.AssetsDefinition:
    @dg.asset(name=name)
    def one(context: dg.AssetExecutionContext) -> None:
        with (SCRATCH / f"{name}.begun").open("a") as file:
            file.write(f"{os.getpid()} {context.run.run_id}\\n")
        while not (SCRATCH / f"{name}.go").exists():
            time.sleep(0.02)

    return one


@dg.asset
def quick() -> None: ...


@dg.asset
def broken() -> None:
    raise ValueError("the till is empty")


@dg.sensor(minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING, job_name="quick_job")
def looks() -> dg.SkipReason:
    return dg.SkipReason("nothing to do")


names = ("first", "second", "third", "quick", "broken")
defs = with_operations(
    dg.Definitions(
        assets=[waiting("first"), waiting("second"), waiting("third"), quick, broken],
        jobs=[dg.define_asset_job(f"{name}_job", f"key:{name}", executor_def=dg.in_process_executor) for name in names],
        sensors=[looks],
    )
)
"""
#: The same, which looks for news of runs each second.
NEWS = CODE.replace(
    "import dagster as dg\n", "import dagster as dg\n\nfrom dagway.platform import run_news\n", 1
).replace("names = (", "run_news.EVERY = 1\nnames = (", 1)
_TICKS = """query ($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) { ... on Sensor {
  sensorState { ticks(limit: 100) { timestamp status } } } } }"""
_ERRORS = """query ($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { ... on EngineEvent {
  error { message causes { message } } } } } } }"""
_RUNS = """{ runsOrError { ... on Runs { results { runId jobName status assetMaterializations { timestamp } } } } }"""


def errors(platform: Platform, run: str) -> str:
    """What went wrong in the engine, with causes."""
    events = ask(platform.url, _ERRORS, {"id": run}, PATIENCE)["logsForRun"]["events"]
    return "\n".join(str(event["error"]) for event in events if event.get("error"))


def process_of(platform: Platform, name: str) -> int:
    """That of the run that waits in this asset."""
    begun = platform.scratch / f"{name}.begun"
    until(lambda: begun.exists() and begun.read_text().endswith("\n"), f"the asset {name}")
    return int(begun.read_text().split()[0])


def let_go(platform: Platform, name: str) -> None:
    """The asset ends."""
    (platform.scratch / f"{name}.go").touch()


def ticks_since(platform: Platform, when: float, sensor: str = "looks") -> list[dict[str, Any]]:
    """Ticks of the sensor that have succeeded since then."""
    selector = {
        "repositoryLocationName": "definitions",
        "repositoryName": "__repository__",
        "sensorName": sensor,
    }
    with suppress(OSError, ValueError, KeyError):
        found = ask(platform.url, _TICKS, {"selector": selector})["sensorOrError"]["sensorState"]["ticks"]
        return [one for one in found if one["timestamp"] > when and one["status"] == "SKIPPED"]
    return []


def why_it_ended(platform: Platform, run: str) -> bool:
    """Whether its events say that its process has. A webserver's first answer after an outage may be an error."""
    with suppress(OSError, ValueError):
        said = "\n".join(platform.messages(run))
        # Whoever is first: the code server, the next one, or run monitoring; or the one that could tell no more than that.
        reasons = ("unexpectedly exited", "is gone", "without reporting", "failed from outside the execution")
        return any(reason in said for reason in reasons)
    return False


def states(platform: Platform) -> dict[str, str]:
    """Each service's state."""
    return {name: one["state"] for name, one in platform.state().get("services", {}).items()}


def restarts(platform: Platform) -> dict[str, int]:
    """How often each service was started again."""
    return {name: one["restarts"] for name, one in platform.state()["services"].items()}


def test_a_database_that_goes_away_and_comes_back(tmp_path: Path, own_postgres: PostgresServer) -> None:
    variables = {
        "DAGSTER_POSTGRES_PORT": str(own_postgres.port),
        "DAGSTER_POSTGRES_USER": "postgres",
        "DAGSTER_POSTGRES_DB": "postgres",
    }
    with up(project(tmp_path, CODE), "--profile", "postgres", environment=variables) as platform:
        platform.until_up()
        platform.wait()
        ends, dies, goes_on = (platform.launch(f"{name}_job") for name in ("first", "second", "third"))
        _, process, _ = (process_of(platform, name) for name in ("first", "second", "third"))
        began = time.monotonic()
        own_postgres.stop()
        let_go(platform, "first")
        os.kill(process, signal.SIGKILL)
        until(lambda: set(states(platform).values()) <= {"waiting", "unhealthy"}, "what services say")
        assert "PostgreSQL at localhost" in platform.service("daemon")["reason"]
        until(lambda: time.monotonic() - began > AWAY, "the time that it is away")
        own_postgres.start()
        back = time.time()
        platform.wait()
        print(
            f"well again {time.time() - back:.1f} s after the database; started again: {restarts(platform)}"
        )
        assert "CRASH LOOP" not in platform.output()
        until(lambda: ticks_since(platform, back), "a tick of the sensor")
        print(f"a sensor ticked {time.time() - back:.1f} s after the database")
        assert platform.end(dies) == "FAILURE"
        until(lambda: why_it_ended(platform, dies), "the reason in its events")
        # One that ends meanwhile tries again for some seconds: it has reported, or it has failed.
        print(f"a run that ended while the database was away: {platform.end(ends)}")
        let_go(platform, "third")
        assert platform.end(goes_on) == "SUCCESS"
        assert platform.end(platform.launch("quick_job")) == "SUCCESS"


def test_a_queued_run_waits_for_its_code_server(tmp_path: Path) -> None:
    folder = project(tmp_path, CODE)
    (folder / "platform.yaml").write_text("platform: 1\nruns: {most: 1}\n")
    with up(folder) as platform:
        platform.until_up()
        platform.wait()
        before, waits = platform.launch("first_job"), platform.launch("quick_job")
        process_of(platform, "first")
        platform.kill("definitions")
        let_go(platform, "first")
        assert platform.end(before) == "SUCCESS"
        assert platform.end(waits) == "SUCCESS"


def test_everything_killed_with_runs_in_the_queue(tmp_path: Path) -> None:
    folder = project(tmp_path, CODE)
    (folder / "platform.yaml").write_text("platform: 1\nruns: {most: 1}\n")
    with up(folder) as platform:
        platform.until_up()
        orphan = platform.launch("first_job")
        process_of(platform, "first")
        queued = [platform.launch("quick_job") for _ in range(5)]
    with up(folder) as platform:
        platform.until_up()
        assert platform.end(orphan) == "FAILURE"
        assert {platform.end(run) for run in queued} == {"SUCCESS"}
        found = ask(platform.url, _RUNS, patience=PATIENCE)["runsOrError"]["results"]
        reported = {run["runId"]: len(run["assetMaterializations"]) for run in found}
        assert reported == {orphan: 0, **dict.fromkeys(queued, 1)}
    assert len((folder / "scratch/first.begun").read_text().splitlines()) == 1


def test_a_broker_that_goes_away_and_comes_back(tmp_path: Path, redis_server: RedisServer) -> None:
    folder = project(tmp_path, CODE)
    (folder / "platform.yaml").write_text("platform: 1\nruns: {engine: celery}\n")
    with up(folder, environment={"REDIS_PORT": str(redis_server.port)}) as platform:
        platform.until_up()
        platform.wait()
        assert platform.end(platform.launch("quick_job")) == "SUCCESS"
        redis_server.stop()
        until(lambda: platform.service("worker")["state"] in {"waiting", "unhealthy"}, "what the worker says")
        assert f"at localhost:{redis_server.port} does not answer" in platform.service("worker")["reason"]
        # What needs no broker goes on.
        since = time.time()
        until(lambda: ticks_since(platform, since), "a tick of the sensor")
        refused = platform.launch("quick_job")
        assert platform.end(refused) == "FAILURE"
        assert f"localhost:{redis_server.port}" in errors(platform, refused)
        assert {name for name, state in states(platform).items() if state != "healthy"} == {"worker"}
        redis_server.start()
        platform.wait()
        assert platform.end(platform.launch("quick_job")) == "SUCCESS"
        assert "CRASH LOOP" not in platform.output()


def test_a_slack_that_does_not_answer_holds_up_nobody(tmp_path: Path) -> None:
    port = free_port()
    variables = {
        "SLACK_WEBHOOK_URL": f"http://127.0.0.1:{port}/services/T/B/X",
        "SLACK_DEFAULT_CHANNEL": "#data",
    }
    with up(project(tmp_path, NEWS), environment=variables) as platform:
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            silent.bind(("127.0.0.1", port))
            silent.listen(16)
            silent.settimeout(PATIENCE)
            platform.until_up()
            platform.wait()
            until(lambda: "run_news" in (tmp_path / ".dagway/platform/logs/daemon.log").read_text(), "a look")
            assert platform.end(platform.launch("broken_job")) == "FAILURE"
            asked, _ = silent.accept()
            with asked:
                began = time.monotonic()
                assert platform.end(platform.launch("quick_job")) == "SUCCESS"
                print(f"a run beside a Slack that hangs took {time.monotonic() - began:.1f} s")
        with slack_receiver(port) as slack:
            until(lambda: slack.messages, "the message")
            since = time.time()
            # Those that begin after the one that has told: who tells of a run twice does so in the next.
            until(lambda: len(ticks_since(platform, since, "run_news")) > 2, "looks of the sensor that tells")
            (message,) = slack.messages
            assert "the till is empty" in message["text"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A folder on a disk of a hundred megabytes.

    Where nobody may mount one, as in most containers, the test is skipped on CI too: there is no package that gives the right.
    """
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=100m", "dagway-test", str(folder)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be made: {getattr(error, 'stderr', error)}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves no byte to anybody else."""
    path = folder / "ballast"
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1):
            with suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    return path


def test_a_disk_that_is_full_is_one_message(small_disk: Path) -> None:
    project(small_disk)
    fill(small_disk)
    shown = dagway(small_disk, "up", "--port", str(free_port()))
    assert shown.returncode == 2
    assert os.strerror(errno.ENOSPC) in shown.stderr
    assert shown.stderr.lower().count("free some space") == 1
    assert "Traceback" not in shown.stderr


def test_a_disk_that_fills_and_is_freed_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", CODE)
    with up(folder, environment={"DAGSTER_HOME": str(small_disk / "home")}) as platform:
        platform.until_up()
        platform.wait()
        done = platform.launch("quick_job")
        assert platform.end(done) == "SUCCESS"
        goes_on = platform.launch("second_job")
        process_of(platform, "second")
        ballast = fill(small_disk)
        until(
            lambda: f"the disk of {small_disk}/home is full" in platform.output(), "what it says of the disk"
        )
        # Refused, in whatever words Dagster has for it: nobody takes it for launched.
        with pytest.raises((AssertionError, OSError)):
            platform.launch("quick_job")
        ballast.unlink()
        until(
            lambda: f"the disk of {small_disk}/home has room again" in platform.output(), "the same of room"
        )
        platform.wait()
        let_go(platform, "second")
        assert platform.end(goes_on) == "SUCCESS"
        assert platform.end(platform.launch("quick_job")) == "SUCCESS"
        assert platform.run_status(done) == "SUCCESS"
        said = platform.output()
        assert said.count("is full, with") == 1
        assert "CRASH LOOP" not in said


#: What a process takes for the time of day, set back by the seconds in a file; the kernel's own clock stays, and so do the times of files.
CLOCK = """\
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *shift;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_SHIFT"), O_RDONLY);
    shift = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
}
int clock_gettime(clockid_t which, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, which, now);
    if (!failed && shift && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *shift;
    return failed;
}
int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    int failed = clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return failed;
}
time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
"""


@dataclass
class Clock:
    """The time of day of processes that have these variables."""

    file: Path
    variables: Mapping[str, str]

    def set(self, seconds: int) -> None:
        """So many seconds from the true time."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("l", seconds))


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """One that can be set without setting the machine's: the calls that ask for it are answered by a library of ours."""
    compiler = shutil.which("cc")
    if compiler is None:
        assert not os.environ.get("CI"), "CI has to install a C compiler"
        pytest.skip("there is no C compiler to make a clock with")
    source, library, file = (tmp_path / name for name in ("clock.c", "clock.so", "clock.shift"))
    source.write_text(CLOCK)
    file.write_bytes(bytes(8))
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return Clock(file, {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(file)})


def test_a_clock_that_is_set_back_an_hour_stops_nothing_that_runs(tmp_path: Path, clock: Clock) -> None:
    folder = project(tmp_path / "project", CODE)
    with up(folder, environment=clock.variables) as platform:
        platform.until_up()
        platform.wait()
        before = platform.launch("first_job")
        process = process_of(platform, "first")
        clock.set(-3600)
        # Restarted and looked at anew by whoever remembers nothing of the time before.
        for service in SERVICES:
            platform.kill_until_back(service)
        platform.wait()
        assert is_alive(process)
        assert platform.run_status(before) == "STARTED"
        assert platform.end(platform.launch("quick_job")) == "SUCCESS"
        let_go(platform, "first")
        assert platform.end(before) == "SUCCESS"
        shown = dagway(folder, "doctor", "--json", environment=clock.variables).stdout
        assert shown.count("The clock was set back by at least") == 1
        clock.set(0)
        assert platform.end(platform.launch("quick_job")) == "SUCCESS"
        platform.wait()
        assert "CRASH LOOP" not in platform.output()
