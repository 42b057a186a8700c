"""Which of Dagster's tests judge, in parts that are run and told one by one."""

# Everything that launches or executes. Of the daemons, what acts on runs; of the storages, what a run writes to.
PARTS = {
    "launcher_tests": ["launcher_tests"],
    "api_tests": ["api_tests"],
    "execution_tests/engine_tests": ["execution_tests/engine_tests"],
    "execution_tests/dynamic_tests": ["execution_tests/dynamic_tests"],
    "execution_tests/pipes_tests": ["execution_tests/pipes_tests"],
    "execution_tests, the rest": [
        "execution_tests/context_tests",
        "execution_tests/execute_job_tests",
        "execution_tests/execution_plan_tests",
        "execution_tests/misc_execution_tests",
        "execution_tests/versioning_tests",
    ],
    "daemon_tests": ["daemon_tests"],
    "storage_tests": ["storage_tests"],
}
