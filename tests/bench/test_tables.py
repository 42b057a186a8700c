"""The benchmark of table copies: every way copies the same rows, and what is not installed is left out by name."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg
import pytest

from bench import tables
from bench.table_copies import dagway_duckdb, dagway_parquet


@pytest.fixture
def lines(postgres_url: str) -> str:
    """A database with the benchmark's table, of 2,000 rows."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(tables.FILL.format(rows=2000).encode())
    return postgres_url


@pytest.mark.integration
def test_our_ways_copy_every_row(lines: str, tmp_path: Path) -> None:
    dagway_duckdb(lines, tmp_path)()
    dagway_parquet(lines, tmp_path)()

    with duckdb.connect(str(tmp_path / "dagway.duckdb")) as connection:
        file = tmp_path / "dagway.parquet"
        for table in ("raw.lines", f"'{file}'"):
            counted = f"select count(*), count(distinct id), sum(amount)::varchar, count(score) from {table}"
            assert connection.execute(counted).fetchall() == [(2000, 2000, "20010.00", 1600)]


@pytest.mark.integration
def test_a_row_tells_speed_and_memory_beside_the_limit(
    lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PEERS", tmp_path / "none")
    monkeypatch.setitem(tables.NAMES, "connectorx_duckdb", "ConnectorX")

    row = tables.copied("a table", ["dagway_duckdb", "connectorx_duckdb", tables.LIMIT], lines, tmp_path, 1)

    assert row.figures[0].name.startswith("`SqlTables`, ")
    assert row.figures[0].name.endswith(" MB")
    assert row.figures[-1].name.startswith("`COPY … TO STDOUT`, read to the end, ")
    assert all(figure.seconds[0] > 0 for figure in row.figures)
    assert len(row.figures) == 3 or "ConnectorX is not installed and left out." in capsys.readouterr().out
