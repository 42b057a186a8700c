"""What forbids a fork is found and named; what does not is let pass. Each case in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PREPARE = """
import importlib.util, sys
from dagway.runtime import safety
watch = safety.ThreadWatch()
watch.start()
{code}
watch.stop()
for found in safety.obstacles(watch):
    print(found)
"""
#: Used in a child of a process that has imported it: that it answers shows that importing it is harmless.
USES = {
    "numpy": "import numpy as np; a = np.random.rand(300, 300); print((a @ a).shape)",
    "polars": "import polars as pl; d = pl.DataFrame({'a': list(range(100000))});"
    " print(d.lazy().group_by(pl.col('a') % 7).agg(pl.len()).collect(engine='streaming').height, d['a'].sum())",
    "pyarrow": "import pyarrow as pa, pyarrow.compute as pc; print(pc.sum(pa.array(range(100000))))",
    "pandas": "import pandas as pd; print(pd.DataFrame({'a': range(1000)}).groupby(lambda i: i % 7).sum().shape)",
    "duckdb": "import duckdb; print(duckdb.sql('select count(*) from range(1000000)').fetchall())",
    "grpc": "import grpc; print(grpc.insecure_channel('localhost:1').close())",
}


def run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def obstacles(code: str, folder: Path) -> str:
    return run(PREPARE.format(code=code), folder)


@pytest.mark.parametrize("library", USES)
def test_a_library_that_is_imported_is_no_obstacle_and_works_after_the_fork(
    library: str, tmp_path: Path
) -> None:
    assert obstacles(f"import {library}", tmp_path) == ""
    child = f"""
import importlib, os, signal
importlib.import_module({library!r})
if os.fork() == 0:
    signal.alarm(60)
    {USES[library].replace("import ", "import ", 1)}
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run(
        child.replace("    " + USES[library], f"    exec({USES[library]!r}); import sys; sys.stdout.flush()"),
        tmp_path,
    )


#: What of a use leaves threads behind.
LEAVES_THREADS = {
    "polars": USES["polars"],
    "duckdb": USES["duckdb"],
    "pyarrow": "import pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'a': [1]}), 'x'); t = pq.read_table('x')",
    "grpc": "import grpc; kept = grpc.insecure_channel('localhost:1'); kept.subscribe(lambda _: None, try_to_connect=True)",
}


@pytest.mark.parametrize("library", LEAVES_THREADS)
def test_a_library_that_was_used_is_an_obstacle(library: str, tmp_path: Path) -> None:
    assert "thread" in obstacles(LEAVES_THREADS[library], tmp_path)


def test_linear_algebra_that_was_used_is_none_and_works_after_the_fork(tmp_path: Path) -> None:
    product = "import numpy as np; a = np.ones((800, 800)); assert (a @ a).sum() == 800.0 ** 3"
    assert obstacles(product, tmp_path) == ""
    child = f"""
import os, signal
{product}
if os.fork() == 0:
    signal.alarm(60)
    {product}
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    run(child, tmp_path)


def test_the_library_and_the_module_are_named(tmp_path: Path) -> None:
    (tmp_path / "sales.py").write_text(USES["polars"])
    found = obstacles("import sales", tmp_path)
    assert 'threads "polars-' in found or 'thread "polars-' in found
    assert "of polars" in found
    assert "was imported" in found


def test_a_thread_of_python_is_an_obstacle_of_its_library(tmp_path: Path) -> None:
    (tmp_path / "beats.py").write_text(
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(60), name='heart', daemon=True).start()"
    )
    assert obstacles("import beats", tmp_path) == 'the thread "heart" of beats\n'


def test_an_open_connection_is_an_obstacle(tmp_path: Path, postgres_url: str) -> None:
    found = obstacles(f"import psycopg; kept = psycopg.connect({postgres_url!r})", tmp_path)
    assert "an open connection to " in found
    assert "of psycopg" in found


@pytest.mark.parametrize(
    ("library", "code"),
    [
        (
            "sqlite3",
            "import sqlite3; kept = sqlite3.connect('here.db'); kept.execute('create table t (a)'); kept.commit()",
        ),
        ("duckdb", "import duckdb; kept = duckdb.connect('here.db', config={'threads': 1})"),
    ],
)
def test_an_open_database_is_an_obstacle(library: str, code: str, tmp_path: Path) -> None:
    found = obstacles(code, tmp_path)
    assert f"the open database {tmp_path / 'here.db'} of {library}" in found


def test_a_pair_of_sockets_and_a_closed_connection_are_none(tmp_path: Path, postgres_url: str) -> None:
    code = f"import asyncio, socket, psycopg; psycopg.connect({postgres_url!r}).close(); kept = socket.socketpair()"
    assert obstacles(code, tmp_path) == ""


@pytest.mark.parametrize("made", ["asyncio.new_event_loop()", "selectors.EpollSelector()"])
def test_an_event_loop_is_an_obstacle_until_it_is_closed(made: str, tmp_path: Path) -> None:
    code = f"import asyncio, selectors; kept = {made}"
    assert obstacles(code, tmp_path) == "an open event loop\n"
    assert obstacles(f"{code}; kept.close()", tmp_path) == ""
