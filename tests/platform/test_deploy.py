"""`dagway deploy`: a new version of a location in the place of the one that runs, while everybody goes on asking."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import is_alive, until
from served_platform import Platform, dagway, project, up

from dagway.platform.probe import ask
from dagway.platform.under_way import locations

pytestmark = [pytest.mark.integration, pytest.mark.slow]
#: Each version has an asset of its own name and a module that is imported late.
CODE = """\
import os
import time
from pathlib import Path

import dagster as dg

SCRATCH = Path(os.environ["SCRATCH"])
SCRATCH.mkdir(exist_ok=True)


@dg.asset(name="VERSION")
def version() -> None: ...


@dg.asset
def told(context: dg.AssetExecutionContext) -> None:
    import late

    (SCRATCH / context.run.run_id).write_text(f"{late.NAME} {Path.cwd().name}")


@dg.asset
def slow(context: dg.AssetExecutionContext) -> None:
    (SCRATCH / "slow").write_text(f"{os.getpid()} {context.run.run_id}")
    while not (SCRATCH / "enough").exists():
        time.sleep(0.02)


@dg.asset(deps=[slow])
def last(context: dg.AssetExecutionContext) -> None:
    import later

    (SCRATCH / context.run.run_id).write_text(f"{later.NAME} {Path.cwd().name}")


defs = dg.Definitions(
    [version, told, slow, last],
    jobs=[dg.define_asset_job("quick", [told]), dg.define_asset_job("long", [slow, last])],
)
"""
STOCK = "import dagster as dg\n\n\n@dg.asset\ndef shelves() -> None: ...\n"
#: Loads once, on trial, and not again.
ONCE = 'if (SCRATCH / "tried").exists():\n    raise ValueError("it has loaded before")\n(SCRATCH / "tried").touch()\n'
_ASSETS = "{ assetNodes { assetKey { path } repository { location { name } } } }"
#: The code server itself is asked for it, each time.
_PLAN = """{ executionPlanOrError(mode: "default", pipeline: {repositoryLocationName: "definitions",
  repositoryName: "__repository__", pipelineName: "quick"}) { __typename ... on Error { message } } }"""


def version(root: Path, name: str, after: str = "") -> Path:
    """A folder with a version of the project."""
    folder = project(root / name, CODE.replace("VERSION", name) + after)
    for module in ("late", "later"):
        (folder / f"{module}.py").write_text(f'NAME = "{name}"\n')
    return folder


def assets(url: str) -> set[str]:
    found = ask(url, _ASSETS)["assetNodes"]
    return {node["assetKey"]["path"][-1] for node in found}


@contextmanager
def asked_all_the_while(url: str, *versions: str) -> Generator[list[str]]:
    """Asks the webserver until the block ends; what it holds then is each answer that was of none of the versions."""
    wrong, over, count = list[str](), threading.Event(), 0

    def once() -> None:
        found = locations(url)
        if set(found.loaded) != {"definitions", "stock"}:
            wrong.append(str(found))
        names = assets(url)
        if "shelves" not in names or len(names & set(versions)) != 1:
            wrong.append(f"there are {names}")
        plan = ask(url, _PLAN)["executionPlanOrError"]
        if plan["__typename"] != "ExecutionPlan":
            wrong.append(str(plan))

    def go_on() -> None:
        nonlocal count
        while not over.is_set():
            try:
                once()
            except (OSError, ValueError) as error:
                wrong.append(repr(error))
            count += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        until(lambda: count > 3, "some answers before")
        yield wrong
        enough = count + 3
        until(lambda: count > enough, "some answers after")
    finally:
        over.set()
        thread.join()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two locations, and a second version of one of them, which is a checkout of git's."""
    version(tmp_path, "one")
    two = version(tmp_path, "two")
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "two"],
    ):
        subprocess.run(["git", "-C", two, *words], check=True)
    project(tmp_path / "stock", STOCK)
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nlocations:\n  - {path: one, name: definitions}\n  - {path: stock, name: stock}\n"
    )
    return tmp_path


def told(platform: Platform, run: str) -> str:
    """What the run has imported, and where it ran."""
    return (platform.scratch / run).read_text()


def loads(root: Path, name: str) -> int:
    log = (root / f".dagway/platform/logs/{name}.log").read_text()
    return log.count("Started Dagster code server")


def test_a_new_version_takes_the_place_of_the_old_one_and_nobody_notices(root: Path) -> None:
    commit = subprocess.check_output(["git", "-C", root / "two", "rev-parse", "--short", "HEAD"], text=True)
    with up(root) as platform:
        platform.until_up()
        run = platform.launch("long")
        pid, _ = platform.run_in_step()
        before = loads(root, "stock")
        with asked_all_the_while(platform.url, "one", "two") as wrong:
            shown = dagway(root, "deploy", "two", "-l", "definitions")
        assert shown.returncode == 0, shown.stderr
        assert f"definitions is served from {root}/two ({commit.strip()})." in shown.stdout
        assert wrong == []
        assert "two" in assets(platform.url)
        assert "one" not in assets(platform.url)

        # What is new is new, what was under way goes on in the old folder, and the other location has not noticed.
        quick = platform.launch("quick")
        assert platform.end(quick) == "SUCCESS"
        assert told(platform, quick) == "two two"
        assert is_alive(pid)
        assert platform.run_status(run) == "STARTED"
        platform.let_go()
        assert platform.end(run) == "SUCCESS"
        assert told(platform, run) == "one one"
        assert loads(root, "stock") == before
        assert {one["restarts"] for one in platform.state()["services"].values()} == {0}

        # The watch is of the new folder.
        (root / "two/definitions.py").write_text(CODE.replace("VERSION", "three"))
        until(lambda: "three" in assets(platform.url), "the asset that was written to the new folder")
        assert platform.stop() == 0
    # The choice outlives the platform, and so does the way back.
    with up(root) as platform:
        platform.until_up()
        assert "three" in assets(platform.url)
        shown = dagway(root, "status")
        assert shown.returncode == 0, shown.stdout
        assert f"definitions is served from {root}/two ({commit.strip()}), which was deployed" in shown.stdout
        with asked_all_the_while(platform.url, "one", "three") as wrong:
            back = dagway(root, "deploy", "--rollback", "--location", "definitions")
        assert back.returncode == 0, back.stderr
        assert wrong == []
        assert "one" in assets(platform.url)
        quick = platform.launch("quick")
        assert platform.end(quick) == "SUCCESS"
        assert told(platform, quick) == "one one"
        assert "is served from" not in dagway(root, "status").stdout


def test_what_does_not_load_is_not_deployed(root: Path) -> None:
    lines = CODE.count("\n")
    version(root, "broken", "nothing.of_that_name\n")
    version(root, "once", ONCE)
    with up(root) as platform:
        platform.until_up()
        before = loads(root, "definitions")
        with asked_all_the_while(platform.url, "one") as wrong:
            shown = dagway(root, "deploy", "broken", "-l", "definitions")
        assert shown.returncode == 2
        assert f"{root}/broken is not deployed, and nothing has changed." in shown.stderr
        assert f"definitions.py:{lines + 1}: NameError" in shown.stderr
        assert wrong == []
        assert loads(root, "definitions") == before

        # It loads on trial, and not behind the platform: what was there is there again.
        shown = dagway(root, "deploy", "once", "-l", "definitions")
        assert shown.returncode == 2
        assert f"{root}/one is served again: ValueError: it has loaded before" in shown.stderr
        assert "one" in assets(platform.url)
        quick = platform.launch("quick")
        assert platform.end(quick) == "SUCCESS"
        assert told(platform, quick) == "one one"
        assert "There is no version of definitions before" in (
            dagway(root, "deploy", "--rollback", "-l", "definitions").stderr
        )
