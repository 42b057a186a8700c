"""Executes one job of definitions."""

from typing import Any

from dagster import Definitions, ExecuteInProcessResult


def definitions_execute_job_in_process(
    defs: Definitions, job_name: str, **options: Any
) -> ExecuteInProcessResult:
    """The result of the job, executed with the repository that the definitions make."""
    return defs.get_repository_def().get_job(job_name).execute_in_process(**options)
