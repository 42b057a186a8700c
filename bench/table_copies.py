"""One way to copy a table of PostgreSQL, in a process of its own: prints the seconds it took and the peak memory in MB.

`python -P table_copies.py WAY ADDRESS FOLDER`; imports are not timed. 3 is the exit status where the way is not installed.
"""

# The peers leave parts of their types open, and are not installed in every environment.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TABLE = "lines"
Copy = Callable[[], object]


def limit(address: str, _: Path) -> Copy:
    """COPY, read to the end and thrown away."""
    import psycopg

    connection = psycopg.connect(address)

    def copy() -> None:
        driver = connection.pgconn
        driver.exec_(f"copy {TABLE} to stdout (format csv)".encode())
        while driver.get_copy_data(0)[0] > 0:
            pass

    return copy


def dagway_duckdb(address: str, folder: Path) -> Copy:
    """What a step of `SqlTables` does."""
    from dagway.components.database import Database
    from dagway.components.warehouse import DuckDBWarehouse

    warehouse, database = DuckDBWarehouse(database=str(folder / "dagway.duckdb")), Database(url=address)

    def copy() -> None:
        with warehouse.session() as session, database.read(TABLE) as batches:
            session.replace(f"raw.{TABLE}", batches)

    return copy


def dagway_parquet(address: str, folder: Path) -> Copy:
    """The same rows into a file."""
    from pyarrow import parquet

    from dagway.components.database import Database

    database = Database(url=address)

    def copy() -> None:
        file = str(folder / "dagway.parquet")
        with database.read(TABLE) as batches, parquet.ParquetWriter(file, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)

    return copy


def dlt_duckdb(address: str, folder: Path) -> Copy:
    """dlt's SQL source with its Arrow backend."""
    import dlt
    from dlt.sources.sql_database import sql_table

    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")),
        pipelines_dir=str(folder / "dlt"),
    )
    url = address.replace("postgresql://", "postgresql+psycopg2://", 1)
    rows: Any = sql_table(url, TABLE, backend="pyarrow", chunk_size=100_000)

    def copy() -> None:
        pipeline.run(rows, write_disposition="replace")

    return copy


def connectorx_duckdb(address: str, folder: Path) -> Copy:
    """ConnectorX's stream of Arrow batches, put into DuckDB."""
    batches, connection = _connectorx(address), _duckdb(folder / "connectorx.duckdb")

    def copy() -> None:
        connection.register("found", batches())
        connection.execute(f"create table {TABLE} as select * from found").fetchall()

    return copy


def connectorx_parquet(address: str, folder: Path) -> Copy:
    """ConnectorX's stream of Arrow batches, put into a file."""
    from pyarrow import parquet

    batches = _connectorx(address)

    def copy() -> None:
        found = batches()
        with parquet.ParquetWriter(str(folder / "connectorx.parquet"), found.schema) as writer:
            for batch in found:
                writer.write_batch(batch)

    return copy


def sling_csv(address: str, folder: Path) -> Copy:
    """Sling into a CSV file: for DuckDB and Parquet it needs a program that it would fetch."""
    import sling_linux_amd64

    config = {
        "source": "PG",
        "target": "OUT",
        "streams": {
            f"public.{TABLE}": {"mode": "full-refresh", "object": f"file://{folder}/sling.csv"},
        },
    }
    file = folder / "sling.json"
    file.write_text(json.dumps(config))
    separator = "&" if "?" in address else "?"
    environment = {
        **os.environ,
        "PG": json.dumps({"type": "postgres", "url": f"{address}{separator}sslmode=disable"}),
        "OUT": json.dumps({"type": "file"}),
        "SLING_DISABLE_TELEMETRY": "TRUE",
    }
    command = [str(sling_linux_amd64.SLING_BIN), "run", "-r", str(file)]

    def copy() -> None:
        subprocess.run(command, env=environment, check=True, capture_output=True)

    return copy


def _connectorx(address: str) -> Callable[[], Any]:
    import connectorx

    read: Any = connectorx.read_sql
    query = f"select * from {TABLE}"

    def batches() -> Any:
        return read(address, query, return_type="arrow_stream", batch_size=100_000)

    return batches


def _duckdb(file: Path) -> Any:
    import duckdb

    return duckdb.connect(str(file))


WAYS: dict[str, Callable[[str, Path], Copy]] = {
    "limit": limit,
    "dagway_duckdb": dagway_duckdb,
    "dagway_parquet": dagway_parquet,
    "dlt_duckdb": dlt_duckdb,
    "connectorx_duckdb": connectorx_duckdb,
    "connectorx_parquet": connectorx_parquet,
    "sling_csv": sling_csv,
}


def main(way: str, address: str, folder: Path) -> int:
    """Copy once."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    try:
        copy = WAYS[way](address, folder)
    except ModuleNotFoundError as error:
        print(f"{way} is not installed: {error.name}")
        return 3
    started = time.perf_counter()
    copy()
    seconds = time.perf_counter() - started
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"seconds": seconds, "megabytes": peak / 1024}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
