"""The executor that the code server's environment names: what is compared."""

import os

import dagster as dg

AT_A_TIME = 4


def executor() -> dg.ExecutorDefinition:
    """`BENCH_EXECUTOR`: spawn, forkserver, in_process or warm; four steps at a time."""
    name = os.environ["BENCH_EXECUTOR"]
    if name == "in_process":
        return dg.in_process_executor
    if name == "warm":
        from dagway import warm_executor

        return warm_executor.configured({"max_concurrent": AT_A_TIME})
    return dg.multiprocess_executor.configured({"max_concurrent": AT_A_TIME, "start_method": {name: {}}})
