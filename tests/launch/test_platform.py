"""Launches on a webserver that is up: the command, and what it asks for there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest
from launch.launches import BARE, end, environment, launch, said_pid, start, write_project
from processes import until

from dagway.platform.home import Home
from dagway.platform.probe import ask
from dagway.platform.state import fresh
from dagway.simulators.receiver import Answer, Request, serve

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("platform") / "shop")


@pytest.fixture(scope="module")
def url(project: Path) -> Generator[str]:
    home = project.parent / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port)]
    with (project.parent / "webserver.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-f", str(project / "definitions.py")],
            env=environment(DAGSTER_HOME=str(home)),
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(address), "the webserver")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def test_a_run_is_launched_there_and_followed_to_its_end(project: Path, url: str) -> None:
    done = launch(project, "--url", url, "--select", "+clean", "--tag", "why=test", "--json")
    assert done.status == 0, done.err
    (run,) = done.result["runs"]
    assert {step["key"]: step["status"] for step in run["steps"]} == {
        "raw": "done",
        "clean": "done",
        "clean_is_clean": "done",
    }
    assert run["url"] == f"{url}/runs/{run['run_id']}"
    assert not (project / ".dagway").exists()


def test_a_failure_there_is_told_with_its_line(project: Path, url: str) -> None:
    failed = launch(project, "--url", url, "--select", "broken")
    assert failed.status == 1, failed.err
    assert "failed: broken\n  ValueError: the cupboard is bare\n" in failed.out
    assert f'definitions.py:{BARE}: raise ValueError("the cupboard is bare")' in failed.out


def test_what_cannot_be_run_there_is_an_error(project: Path, url: str) -> None:
    for words, told in (
        (("--select", "claen"), 'Nearest: key:"clean"'),
        (("--select", "daily"), "Write --partition 'wed'"),
        (("--select", "daily", "--partition", "wen"), "Nearest: wed"),
        (("--job", "opz"), "Nearest: ops"),
        (("--job", "ops"), 'Missing required config entry "ops"'),
    ):
        done = launch(project, "--url", url, *words)
        assert done.status == 2, done.out
        assert told in done.err


def test_a_partition_there(project: Path, url: str) -> None:
    done = launch(project, "--url", url, "--select", "daily", "--partition", "tue", "--json")
    assert done.status == 0, done.err
    (run,) = done.result["runs"]
    assert run["steps"][0]["materializations"] == [{"asset": "daily", "partition": "tue"}]


@pytest.fixture
def up(project: Path, url: str) -> Generator[Path]:
    """What `dagway up` writes while it runs."""
    home = Home.of(project, None, {})
    home.platform.mkdir(parents=True)
    fresh(url, "embedded", home).write(home)
    yield home.state
    shutil.rmtree(project / ".dagway")


@pytest.mark.usefixtures("up")
def test_a_platform_that_is_up_is_found(project: Path, url: str) -> None:
    done = launch(project, "--select", "raw", "--json")
    assert done.status == 0, done.err
    assert done.result["runs"][0]["url"].startswith(url)
    assert f"Launched on the platform that is up, {url} (--here: not there)." in done.err


@pytest.mark.usefixtures("up")
def test_a_platform_that_is_up_is_found_by_a_file_too(project: Path, url: str) -> None:
    done = launch(project / "definitions.py", "--select", "raw", "--json")
    assert done.status == 0, done.err
    assert done.result["runs"][0]["url"].startswith(url)


def test_a_platform_of_a_folder_above_is_found(project: Path, url: str) -> None:
    above = project.parent
    (above / "platform.yaml").write_text("platform: 1\nlocations: [{path: shop, name: definitions.py}]\n")
    home = Home.of(above, None, {})
    home.platform.mkdir(parents=True)
    fresh(url, "embedded", home).write(home)
    try:
        done = launch(project, "--select", "raw", "--json")
        (above / "platform.yaml").write_text("platform: 1\nlocations: [{path: shop, name: another}]\n")
        other = launch(project, "--select", "raw", "--json")
    finally:
        shutil.rmtree(above / ".dagway")
        (above / "platform.yaml").unlink()
    assert done.status == 0, done.err
    assert done.result["runs"][0]["url"].startswith(url)
    assert not (project / ".dagway").exists()
    # Of a platform of several locations that one alone is meant.
    assert "no code location 'another'" in other.out


@pytest.mark.usefixtures("up")
def test_a_platform_that_is_up_is_left_alone_where_that_is_asked_for(project: Path) -> None:
    done = launch(project, "--here", "--select", "raw", "--json")
    assert done.status == 0, done.err
    assert not done.result["runs"][0].get("url")


def test_a_platform_that_was_killed_is_not_asked(project: Path, up: Path) -> None:
    state = json.loads(up.read_text())
    up.write_text(json.dumps({**state, "born": state["born"] - 1}))
    done = launch(project, "--select", "raw", "--json")
    assert done.status == 0, done.err
    assert not done.result["runs"][0].get("url")


def test_there_and_here_exclude_each_other(project: Path, url: str) -> None:
    done = launch(project, "--here", "--url", url, "--select", "raw")
    assert done.status == 2
    assert "--url and --here exclude each other" in done.err


def test_ctrl_c_terminates_the_run_there(project: Path, url: str) -> None:
    process = start(project, "--url", url, "--select", "slow")
    said_pid(project, "slow")
    process.send_signal(signal.SIGINT)
    done = end(process)
    assert done.status == 130, done.err
    assert "canceled" in done.out.splitlines()[-1]
    assert (project / "scratch" / "closed").exists()


_RUNS = "{ runsOrError(filter: {statuses: [STARTED]}) { ... on Runs { results { runId } } } }"
_DELETE = "mutation ($id: String!) { deletePipelineRun(runId: $id) { __typename } }"


def test_a_run_that_is_deleted_while_it_is_followed_is_told(project: Path, url: str) -> None:
    process = start(project, "--url", url, "--select", "stubborn")
    pid = said_pid(project, "stubborn")
    try:
        (run,) = ask(url, _RUNS)["runsOrError"]["results"]
        deleted = ask(url, _DELETE, {"id": run["runId"]}, 60)["deletePipelineRun"]
        assert deleted["__typename"] == "DeletePipelineRunSuccess"
        done = end(process)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert done.status == 1, done.err
    assert f"The run {run['runId']} was deleted" in done.out.replace("\n", " ")
    assert "defect" not in done.err


def cut(url: str, when: Callable[[Request], bool]) -> Callable[[Request], Answer]:
    """A webserver whose answer to some requests breaks off in its midst."""

    def answer(request: Request) -> Answer:
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{url}{request.path}", request.body or None, headers)
        with urllib.request.urlopen(asked, timeout=60) as response:
            body = response.read().decode()
        length = str(len(body.encode()))
        return Answer(200, body[: len(body) // 2] if when(request) else body, {"Content-Length": length})

    return answer


def test_an_answer_that_breaks_off_is_asked_for_again_while_a_run_is_followed(
    project: Path, url: str
) -> None:
    cuts = list[bytes]()

    def twice(request: Request) -> bool:
        is_cut = b"logsForRun" in request.body and len(cuts) < 2
        if is_cut:
            cuts.append(request.body)
        return is_cut

    with serve(cut(url, twice)) as front:
        done = launch(project, "--url", front, "--select", "raw")
    assert done.status == 0, done.err
    assert len(cuts) == 2
    said = done.out.replace("\n", " ")
    assert said.count(f"The answer of {front} broke off") == 1
    assert "It is asked again, for 60 s" in said


def test_an_answer_that_breaks_off_before_is_an_error_and_no_defect(project: Path, url: str) -> None:
    with serve(cut(url, lambda _: True)) as front:
        done = launch(project, "--url", front, "--select", "raw")
    assert done.status == 2, done.out
    assert f"The answer of {front} broke off" in done.err
    assert "look there before you ask once more" in done.err
