"""What DuckDB alone needs for the statements of a project's run.

`record PROJECT STATEMENTS` runs a built project once in this process and writes each statement that its sessions sent: the
queries that make tables, the counts and checks, the first rows, the columns of what a query reads. Nothing is added.
`replay STATEMENTS DATABASE` sends them again through one connection with a new file, each a transaction of its own as in
the run, and prints the seconds from opening the file until it is closed and everything is on the disk.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

FEED = 'create schema if not exists "feed"'


def record(project: Path, statements: Path) -> None:
    """Write the statements of one run of all assets, in order, as JSON; loads of sources are left out."""
    os.environ["DAGWAY_DEMO"] = "1"
    os.chdir(project)
    sys.path.insert(0, str(project))
    from dagway.components.warehouse.duckdb_session import DuckDBSession

    sent: list[str] = []
    execute, rows, sample = DuckDBSession.execute, DuckDBSession.rows, DuckDBSession.sample
    columns = DuckDBSession.columns

    def recorded_execute(self: DuckDBSession, sql: str) -> None:
        sent.append(sql)
        execute(self, sql)

    def recorded_rows(self: DuckDBSession, sql: str) -> list[tuple[Any, ...]]:
        sent.append(sql)
        return rows(self, sql)

    def recorded_sample(self: DuckDBSession, sql: str, limit: int) -> Any:
        sent.append(f"select * from ({sql}\n) limit {limit}")
        return sample(self, sql, limit)

    def recorded_columns(self: DuckDBSession, table: str) -> Any:
        sent.append(f"select * from {self.name(table)} limit 0")
        return columns(self, table)

    DuckDBSession.execute = recorded_execute  # pyright: ignore[reportAttributeAccessIssue]
    DuckDBSession.rows = recorded_rows  # pyright: ignore[reportAttributeAccessIssue]
    DuckDBSession.sample = recorded_sample  # pyright: ignore[reportAttributeAccessIssue]
    DuckDBSession.columns = recorded_columns

    name = json.loads((project / "plan.json").read_text())["name"]
    definitions: Any = importlib.import_module(f"{name}.definitions").defs
    job = definitions().resolve_implicit_global_asset_job_def()
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = job.execute_in_process(run_config=quiet, raise_on_error=False)
    if not result.success:
        raise SystemExit("the run failed, so its statements mean nothing")
    statements.write_text(json.dumps(sent))


def replay(statements: Path, database: Path) -> None:
    """Send the statements; the source's table is made before, untimed: its rows come from elsewhere."""
    import duckdb

    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema feed")
        connection.execute(
            "create table feed.events as select i as id, i * 7 % 101 as amount from range(1000) t(i)"
        )
    sent = [sql for sql in json.loads(statements.read_text()) if "dagway_" not in sql and sql != FEED]
    began = time.perf_counter()
    with duckdb.connect(str(database)) as connection:
        for sql in sent:
            connection.execute(sql).fetchall()
    print(f"{len(sent)} statements in {time.perf_counter() - began:.3f} s")


if __name__ == "__main__":
    command, first, second = sys.argv[1:]
    {"record": record, "replay": replay}[command](Path(first).resolve(), Path(second).resolve())
