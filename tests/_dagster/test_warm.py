"""What is imported before a process forks."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from dagway._dagster.warm import MODULES


@pytest.mark.parametrize("name", MODULES)
def test_the_module_is_still_there(name: str) -> None:
    assert importlib.import_module(name)


@pytest.mark.integration
def test_warming_up_starts_no_thread_of_python() -> None:
    code = "import threading; from dagway._dagster.warm import warm_up; warm_up(); print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
