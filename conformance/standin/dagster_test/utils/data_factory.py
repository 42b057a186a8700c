"""Runs for tests that only store and read them."""

from dagster import DagsterRun
from dagster._core.utils import make_new_run_id


def dagster_run(**fields: object) -> DagsterRun:
    """A run with these fields, and a job and an id where they name none."""
    return DagsterRun(**{"job_name": "job", "run_id": make_new_run_id(), **fields})  # pyright: ignore[reportArgumentType]
