"""Which of Dagster's tests judge, in parts that are run and told one by one."""

# Everything that launches or executes. Of the daemons, what acts on runs; of the storages, what a run writes to.
PARTS = {
    "launcher_tests": ["launcher_tests"],
    "api_tests": ["api_tests"],
    "execution_tests/engine_tests, processes": [
        "execution_tests/engine_tests/test_child_process_executor.py",
        "execution_tests/engine_tests/test_jobs.py",
        "execution_tests/engine_tests/test_multiprocessing.py",
        "execution_tests/engine_tests/test_priorities.py",
    ],
    "execution_tests/engine_tests, concurrency": ["execution_tests/engine_tests/test_op_concurrency.py"],
    "execution_tests/engine_tests, other workers": [
        "execution_tests/engine_tests/test_step_delegating_executor.py",
        "execution_tests/engine_tests/test_step_delegating_executor_retries.py",
        "execution_tests/engine_tests/test_step_handler.py",
    ],
    "execution_tests/dynamic_tests": ["execution_tests/dynamic_tests"],
    "execution_tests/pipes_tests": ["execution_tests/pipes_tests"],
    "execution_tests, the rest": [
        "execution_tests/context_tests",
        "execution_tests/execute_job_tests",
        "execution_tests/execution_plan_tests",
        "execution_tests/misc_execution_tests",
        "execution_tests/versioning_tests",
    ],
    "daemon_tests, runs": [
        "daemon_tests/test_concurrency_daemon.py",
        "daemon_tests/test_dagster_daemon.py",
        "daemon_tests/test_monitoring_daemon.py",
        "daemon_tests/test_queued_run_coordinator_daemon.py",
    ],
    "daemon_tests, backfills": [
        "daemon_tests/test_backfill.py",
        "daemon_tests/test_backfill_failure_recovery.py",
    ],
    "storage_tests": ["storage_tests"],
}
