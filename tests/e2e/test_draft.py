"""From data to a proven project without a line written by hand."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SHOP = Path(__file__).parents[2] / "examples" / "sales_analytics" / "data" / "shop"


def test_a_folder_is_drafted_and_proven(run: Any, tmp_path: Path) -> None:
    copytree(SHOP, tmp_path / "shop")
    drafted = run("dagway", "draft", "shop", cwd=tmp_path)
    assert drafted.status == 0, drafted.error
    text = (tmp_path / "blueprint.yaml").read_text()
    assert "customer_id" in text
    assert "relationship" in text
    assert run("dagway", "plan", "blueprint.yaml", cwd=tmp_path).status == 0
    done = run("dagway", "prototype", "blueprint.yaml", "out", "--demo", cwd=tmp_path)
    assert done.status == 0, done.out + done.error


def test_a_database_is_drafted_and_proven(run: Any, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute(
            "create table customers (customer_id integer primary key, segment text, region text, since text)"
        )
        with (SHOP / "customers.csv").open() as file:
            connection.executemany("insert into customers values (?, ?, ?, ?)", list(csv.reader(file))[1:])
    drafted = run("dagway", "draft", f"sqlite:///{tmp_path}/shop.db", cwd=tmp_path)
    assert drafted.status == 0, drafted.error
    done = run("dagway", "prototype", "blueprint.yaml", "out", "--demo", cwd=tmp_path)
    assert done.status == 0, done.out + done.error
