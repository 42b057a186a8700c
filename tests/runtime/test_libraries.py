"""Libraries with threads of their own: used inside steps they work warm; used at load they mean a cold start that works too."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster import DagsterRunStatus
from served_location import served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

STEPS = """
import os
import dagster as dg, dagway
import duckdb, grpc, numpy as np, pandas as pd, polars as pl, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
{before}

@dg.asset
def with_numpy() -> int:
    numbers = np.random.default_rng(1).random((600, 600))
    return int(np.linalg.matrix_rank(numbers @ numbers))

@dg.asset
def with_pandas() -> int:
    return int(pd.DataFrame({{"a": range(10_000)}}).groupby(lambda row: row % 7).sum()["a"].sum())

@dg.asset
def with_polars() -> int:
    frame = pl.DataFrame({{"a": list(range(100_000))}})
    return frame.lazy().group_by(pl.col("a") % 7).agg(pl.len()).collect(engine="streaming").height

@dg.asset
def with_pyarrow() -> int:
    pq.write_table(pa.table({{"a": range(100_000)}}), f"{{os.getpid()}}.parquet")
    return pc.sum(pq.read_table(f"{{os.getpid()}}.parquet")["a"]).as_py()

@dg.asset
def with_duckdb() -> int:
    return duckdb.connect().execute("select count(*) from range(1_000_000)").fetchall()[0][0]

@dg.asset
def with_grpc() -> int:
    from concurrent.futures import ThreadPoolExecutor
    echo = grpc.unary_unary_rpc_method_handler(lambda data, _: data)
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo", {{"Say": echo}})])
    port = server.add_insecure_port("localhost:0")
    server.start()
    with grpc.insecure_channel(f"localhost:{{port}}") as channel:
        said = channel.unary_unary("/echo/Say")(b"1", timeout=60, wait_for_ready=True)
    server.stop(None).wait()
    return int(said)

ASSETS = [with_numpy, with_pandas, with_polars, with_pyarrow, with_duckdb, with_grpc]
defs = dg.Definitions(
    ASSETS,
    executor=dagway.warm_executor.configured({{"max_concurrent": 2}}),
    jobs=[dg.define_asset_job("everything", ASSETS)],
)
"""
RESULTS = {
    "with_numpy": 600,
    "with_pandas": 49995000,
    "with_polars": 7,
    "with_pyarrow": 4999950000,
    "with_duckdb": 1000000,
    "with_grpc": 1,
}
#: Linear algebra ends its threads at a fork by itself.
NUMPY_AT_LOAD = "np.ones((600, 600)) @ np.ones((600, 600))"
OTHERS_AT_LOAD = """
AT_LOAD = pl.DataFrame({"a": list(range(100_000))}).group_by(pl.col("a") % 7).agg(pl.len()).height
CHANNEL = grpc.insecure_channel("localhost:1")
CHANNEL.subscribe(lambda _: None, try_to_connect=True)
"""


def values(storage: Path) -> dict[str, int]:
    import pickle

    return {name: pickle.loads((storage / name).read_bytes()) for name in RESULTS}


@pytest.mark.parametrize("before", ["", NUMPY_AT_LOAD], ids=["imported at load", "numpy used at load"])
def test_in_steps_they_work_warm_in_one_run_after_the_other(tmp_path: Path, before: str) -> None:
    with served_location(tmp_path, STEPS.format(before=before)) as served:
        for _ in range(2):
            assert served.finish(served.launch("everything")).status == DagsterRunStatus.SUCCESS
            assert values(Path(served.instance.storage_directory())) == RESULTS
        assert "Runs start warm" in served.output()


def test_used_at_load_they_are_named_and_steps_work_cold(tmp_path: Path) -> None:
    with served_location(tmp_path, STEPS.format(before=OTHERS_AT_LOAD)) as served:
        assert served.finish(served.launch("everything")).status == DagsterRunStatus.SUCCESS
        assert values(Path(served.instance.storage_directory())) == RESULTS
        told = next(line for line in served.output().splitlines() if "Runs start cold" in line)
        assert "of polars" in told
        assert "of grpc" in told
        assert "Runs start warm" not in served.output()
