"""Imports that a run, a listing and a validation of definitions pay for, made once in a process that forks."""

import importlib

MODULES = (
    "antlr4",
    "dagster._cli.asset",
    "dagster._cli.definitions",
    "dagster._cli.workspace.cli_target",
    "dagster._core.code_pointer",
    "dagster._core.instance.ref",
    "dagster._core.storage.event_log",
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.runs",
    "dagster._core.storage.schedules",
    "dagster._core.storage.sqlite_storage",
    "dagster.components.list",
    "dagster_dg_core.check",
)


def warm_up() -> None:
    """Imports everything of the list. It starts no thread: a fork of this process stays safe."""
    for name in MODULES:
        importlib.import_module(name)
