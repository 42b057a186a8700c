"""Feature materialization into Redis: ours beside `feast materialize`, until the same bytes are there."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.page import Row, at_most_times
from bench.timing import Contestant, race

ROWS = 5_000_000
ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-integrations" / "bin" / "python"
"""Feast is in the environment of integrations only."""
SETTINGS = """\
project: bench
provider: local
entity_key_serialization_version: 3
registry: {folder}/registry.db
offline_store:
  type: duckdb
online_store:
  type: redis
  connection_string: 127.0.0.1:{port}
materialization:
  online_write_batch_size: 10000
"""
VIEWS = """\
from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64, String

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
rows = FileSource(name="rows", path="{folder}/rows.parquet", timestamp_field="happened_at")
customers = FeatureView(
    name="customers",
    entities=[customer],
    ttl=timedelta(0),
    schema=[
        Field(name="orders", dtype=Int64),
        Field(name="amount", dtype=Float64),
        Field(name="country", dtype=String),
    ],
    source=rows,
)
"""
DATA = """\
copy (
  select i as customer_id, i % 97 as orders, i * 0.25 as amount, chr(65 + (i % 26)::int) || 'land' as country,
    timestamp '2024-01-01' + interval (i % 86400) second as happened_at
  from range({rows}) as t(i)
) to '{file}'
"""


def measure(scratch: Path, rounds: int, rows: int = ROWS) -> Iterator[Row]:
    """Every row of the section.

    Raises:
        RuntimeError: Feast or `redis-server` is not installed, or the two wrote different bytes.
    """
    import duckdb

    if not PYTHON.is_file():
        raise RuntimeError("Feast is not installed: run make setup-integrations")
    (scratch / "views.py").write_text(VIEWS.format(folder=scratch))
    duckdb.sql(DATA.format(rows=rows, file=scratch / "rows.parquet"))
    with redis_server() as port:
        (scratch / "feature_store.yaml").write_text(SETTINGS.format(folder=scratch, port=port))
        digests = dict[str, str]()
        contestants = [
            materializing("Dagway", "ours", scratch, port, digests),
            materializing("`feast materialize`", "feast", scratch, port, digests),
        ]
        goal = at_most_times(round(1 / 3, 2), "Feast's time")
        row = Row(f"{rows:,} rows of three features, offline → Redis", goal, race(contestants, rounds))
    if len(set(digests.values())) != 1:
        raise RuntimeError(f"the contestants left different bytes in Redis: {digests}")
    yield row


def materializing(name: str, way: str, folder: Path, port: int, digests: dict[str, str]) -> Contestant:
    """Materialize in a process of its own, into an empty Redis; imports and `feast apply` are not counted."""

    def measured(printed: str) -> float:
        digests[name] = asked(port, "debug digest")
        return float(re.findall(r"took ([\d.]+) s", printed)[-1])

    command = [str(PYTHON), "-m", "bench.features", str(folder), way]
    return Contestant(name, command, ROOT, lambda: emptied(port), measured=measured)


def emptied(port: int) -> None:
    """Nothing is in Redis."""
    asked(port, "flushall")


def asked(port: int, command: str) -> str:
    """The first line that Redis answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.makefile().readline().strip()


@contextmanager
def redis_server() -> Generator[int]:
    """A Redis of our own on a free port, which may be asked for a digest of all it holds."""
    if shutil.which("redis-server") is None:
        raise RuntimeError("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = ("redis-server", "--port", str(port), "--save", "", "--enable-debug-command", "local")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            wait(port)
            yield port
        finally:
            process.kill()


def wait(port: int) -> None:
    """Until Redis answers; twenty seconds at most."""
    deadline = time.monotonic() + 20
    while True:
        try:
            assert asked(port, "ping") == "+PONG"
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError("redis-server does not answer") from None
            time.sleep(0.05)
        else:
            return


def main(folder: Path, way: str) -> None:
    """Materialize once and print how long it took."""
    import os
    from datetime import UTC, datetime

    os.chdir(folder)
    from dagway.components.feast.worker import Worker

    worker = Worker(folder / "feature_store.yaml")
    worker.apply()
    start, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    began = time.perf_counter()
    if way == "ours":
        worker.materialize("customers", start.isoformat(), end.isoformat())
    else:
        worker.store.materialize(start, end, ["customers"])
    print(f"took {time.perf_counter() - began:.3f} s")


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    main(Path(sys.argv[1]), sys.argv[2])
