"""What the code of projects sees of the environment, asked of runs on real processes: what `dagway env` says, and no log-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from processes import until
from served_platform import Platform, dagway, project, up

pytestmark = [pytest.mark.integration, pytest.mark.slow]
#: What is imported says what it sees, and so does each run.
CODE = """\
import json
import os
from pathlib import Path

import dagster as dg

from dagway.env import get_database_for_environment, get_schema_for_environment

SCRATCH = Path(os.environ["SCRATCH"])
SCRATCH.mkdir(exist_ok=True)
# Read by the project: `dagway env` lists them.
NAMES = [os.getenv("SHOP_BOTH"), os.getenv("SHOP_FILE"), os.getenv("SHOP_SHELL"), os.getenv("SHOP_NEW")]


def tell(name):
    place = {"database": get_database_for_environment("none"), "schema": get_schema_for_environment("shop")}
    (SCRATCH / name).write_text(json.dumps({**os.environ, **place}))


tell("load")


@dg.asset
def seen(context: dg.AssetExecutionContext) -> None:
    tell(context.run.run_id)


def job(name, executor):
    return dg.define_asset_job(name, [seen], executor_def=executor)


defs = dg.Definitions([seen], jobs=[job("quick", dg.in_process_executor), job("stepped", dg.multiprocess_executor)])
"""
FILE = """\
platform: 1
environments:
  production: {database: analytics}
  development: {database: sandbox, schema: "dev_{schema}"}
"""
ENV_FILE = """\
SHOP_BOTH=file
SHOP_FILE=file
DAGWAY_LOGIN_USER=jo
DAGWAY_LOGIN_PASSWORD=hunter22
DAGWAY_REGION=
"""


def shop(root: Path) -> Path:
    project(root, CODE)
    (root / "platform.yaml").write_text(FILE)
    (root / ".env").write_text(ENV_FILE)
    return root


def seen(platform: Platform, job: str = "quick") -> dict[str, str]:
    """What a run sees."""
    run = platform.launch(job)
    assert platform.end(run) == "SUCCESS", platform.output()
    return json.loads((platform.scratch / run).read_text())


def at_load(platform: Platform) -> dict[str, str]:
    return json.loads((platform.scratch / "load").read_text())


def listed(root: Path, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What `dagway env` says of each variable."""
    told = dagway(root, "env", "--format", "json", environment=environment)
    return {one["name"]: one for one in json.loads(told.stdout)}


@pytest.mark.parametrize("environment", ["development", "production"])
def test_runs_see_what_dagway_env_says(tmp_path: Path, environment: str) -> None:
    given = {"DAGWAY_ENVIRONMENT": environment, "SHOP_BOTH": "shell", "SHOP_SHELL": "shell"}
    from_file = environment == "development"
    with up(shop(tmp_path), environment=given) as platform:
        platform.until_up()
        sources = {name: one["source"] for name, one in listed(tmp_path, given).items()}
        for found in (at_load(platform), seen(platform), seen(platform, "stepped")):
            names = ("SHOP_BOTH", "SHOP_SHELL", "SHOP_FILE", "SHOP_NEW", "DAGWAY_ENVIRONMENT", "DAGSTER_HOME")
            where = {"shell": "environment", "file": ".env", environment: "environment", None: "unset"}
            where[str(tmp_path / ".dagway/home")] = "default"
            assert {name: where[found.get(name)] for name in names} == {name: sources[name] for name in names}
            assert found.get("SHOP_FILE") == ("file" if from_file else None)
            assert (found["database"], found["schema"]) == (
                ("sandbox", "dev_shop") if from_file else ("analytics", "shop")
            )
            assert [name for name in found if "LOGIN" in name or name == "DAGWAY_ENV_FILES"] == []
        # No real failure, and nothing that looks like one.
        assert "dagster.yaml" not in platform.output()
        assert platform.stop() == 0


def test_a_reload_takes_up_what_the_file_says_now(tmp_path: Path) -> None:
    root = shop(tmp_path)
    with up(root, environment={"SHOP_BOTH": "shell"}) as platform:
        platform.until_up()
        assert seen(platform)["SHOP_FILE"] == "file"
        (root / ".env").write_text(
            "SHOP_BOTH=later\nSHOP_NEW=later\nDAGSTER_HOME=/nowhere\nDAGWAY_LOGIN_PASSWORD=hunter23\n"
        )
        until(lambda: at_load(platform).get("SHOP_NEW") == "later", "another load")

        def anew() -> dict[str, str] | None:
            # What was loaded before serves until the other is ready.
            found = seen(platform)
            return found if "SHOP_NEW" in found else None

        found = until(anew, "a run of that load")
        assert (found["SHOP_BOTH"], found["SHOP_NEW"]) == ("shell", "later")
        assert found["DAGSTER_HOME"] == str(root / ".dagway/home")
        assert found.keys() & {"SHOP_FILE", "DAGWAY_LOGIN_PASSWORD"} == set()
        assert platform.stop() == 0


def test_the_home_that_the_file_names_is_the_one_of_every_service(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    (root / ".env").write_text(f"DAGSTER_HOME={tmp_path / 'history'}\n")
    with up(root) as platform:
        platform.until_up()
        assert seen(platform)["DAGSTER_HOME"] == str(tmp_path / "history")
        assert platform.state()["home"] == str(tmp_path / "history")
        assert (tmp_path / "history/history/runs.db").is_file()
        assert not (root / ".dagway/home").exists()
        sockets = [
            Path(word).parent
            for word in Path(f"/proc/{platform.service('definitions')['pid']}/cmdline")
            .read_text()
            .split("\0")
            if word.endswith(".sock")
        ]
        assert platform.stop() == 0
        assert [folder for folder in sockets if folder.exists()] == []
        assert len(sockets) == 1


def test_a_version_is_tried_and_served_with_the_variables_of_the_server_that_runs(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    other = project(
        tmp_path / "other", CODE + 'if os.getenv("SHOP_NEW"):\n    raise ValueError("of the folder")\n'
    )
    (other / ".env").write_text("SHOP_NEW=other\nSHOP_FILE=other\n")
    with up(root, environment={"SHOP_BOTH": "shell"}) as platform:
        platform.until_up()
        # Since the start it says something else: the trial and the load after it have that.
        (root / ".env").write_text("SHOP_FILE=later\n")
        done = dagway(root, "deploy", str(other), environment={"SCRATCH": str(platform.scratch)})
        assert done.returncode == 0, done.stderr
        found = seen(platform)
        assert (found["SHOP_BOTH"], found["SHOP_FILE"], found.get("SHOP_NEW")) == ("shell", "later", None)
        assert platform.stop() == 0


def test_a_file_that_cannot_be_read_is_told_as_why_definitions_do_not_load(tmp_path: Path) -> None:
    root = shop(tmp_path)
    with up(root) as platform:
        platform.until_up()
        (root / ".env").write_bytes(b"SHOP_FILE=\xff\n")
        (root / "definitions.py").touch()
        until(lambda: ".env cannot be read: line 1 is not UTF-8" in platform.output(), "the reason")
        (root / ".env").write_text("SHOP_FILE=${SHOP_NEW}\nSHOP_NEW=new\nSHOP_BOTH=${SHOP_NEW}er\n")
        until(lambda: at_load(platform).get("SHOP_BOTH") == "newer", "another load")
        (root / ".env").write_bytes(b"SHOP_FILE=\xff\n")
        told = dagway(root, "status")
        assert (told.returncode, "defect" in told.stderr) == (2, False)
        assert f"{root}/.env cannot be read" in told.stderr
        # Whatever is wrong there, it can be stopped.
        done = dagway(root, "down")
        assert (done.returncode, done.stdout) == (0, "The platform is down.\n"), done.stderr
        assert platform.process.wait(120) == 0
