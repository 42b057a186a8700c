"""Several code locations on one platform: each reloads by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import until
from served_platform import PROJECT, project, up

from dagway.platform.probe import ask

pytestmark = [pytest.mark.integration, pytest.mark.slow]
_ASSETS = "{ assetNodes { assetKey { path } repository { location { name } } } }"
_LATER = "\n\n@dg.asset\ndef later() -> None: ...\n\n\ndefs = dg.Definitions.merge(defs, dg.Definitions(assets=[later]))\n"


def assets(url: str) -> set[tuple[str, str]]:
    """Each asset with its location."""
    found = ask(url, _ASSETS)["assetNodes"]
    return {(node["repository"]["location"]["name"], node["assetKey"]["path"][-1]) for node in found}


def test_a_reload_of_one_leaves_the_others_and_its_own_runs(tmp_path: Path) -> None:
    project(tmp_path)
    project(tmp_path / "stock", "import dagster as dg\n\n\n@dg.asset\ndef shelves() -> None: ...\n")
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nlocations:\n  - {path: ., name: definitions}\n  - {path: stock, name: stock}\n"
    )
    with up(tmp_path) as platform:
        platform.until_up()
        assert {("definitions", "raw"), ("stock", "shelves")} <= assets(platform.url)
        run = platform.launch("long")
        platform.run_in_step()
        loads = (
            (tmp_path / ".dagway/platform/logs/stock.log").read_text().count("Started Dagster code server")
        )
        (tmp_path / "definitions.py").write_text(PROJECT + _LATER)
        until(lambda: ("definitions", "later") in assets(platform.url), "the asset that was added")
        assert (tmp_path / ".dagway/platform/logs/stock.log").read_text().count(
            "Started Dagster code server"
        ) == loads
        assert {one["restarts"] for one in platform.state()["services"].values()} == {0}
        assert platform.run_status(run) == "STARTED"
        platform.let_go()
        assert platform.end(run) == "SUCCESS"
