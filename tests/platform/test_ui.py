"""The UI of the sales platform in a real browser: its lineage, a materialization, its success."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import chromium
from playwright.sync_api import Page, sync_playwright
from served_platform import Platform, up

from dagway.blueprint.load import load
from dagway.prototype.build.render import render
from dagway.prototype.write import write

pytestmark = [pytest.mark.integration, pytest.mark.slow]
EXAMPLE = Path(__file__).parents[2] / "examples" / "sales_analytics" / "blueprint.yaml"
#: Milliseconds that a page may take on a machine under load.
PATIENCE = 120_000


def test_an_asset_is_materialized_from_its_lineage(tmp_path: Path) -> None:
    browser_path, folder = chromium(), tmp_path / "sales"
    write(render(load(EXAMPLE)), folder)
    with up(folder, "--demo") as platform, sync_playwright() as playwright:
        platform.until_up()
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE)
        materialize(page, platform)
        page.screenshot(path=tmp_path / "runs.png")
        browser.close()
    # A page that draws nothing compresses to a few kilobytes.
    assert (tmp_path / "runs.png").stat().st_size > 20_000


def materialize(page: Page, platform: Platform) -> None:
    page.goto(f"{platform.url}/locations/sales/asset-groups/shop/lineage", timeout=PATIENCE)
    for name in ("customers", "orders"):
        page.get_by_text(name, exact=True).first.wait_for()
    page.screenshot(path=platform.folder.parent / "lineage.png")
    page.get_by_text(re.compile("^Materialize( all)?$")).last.click()
    page.get_by_text("Launched run").wait_for()
    page.goto(f"{platform.url}/runs")
    page.get_by_text("Success", exact=True).first.wait_for()
