"""The executor where there is no image, and its configuration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.definitions.executor_definition import MULTI_PROC_CONFIG

import dagway

CODE = """
import os
import dagster as dg, dagway

@dg.op
def where() -> int:
    return os.getpid()

@dg.op
def other(before: int) -> None:
    assert before != os.getpid()

@dg.job(executor_def=dagway.warm_executor)
def two():
    other(where())

if __name__ == "__main__":
    with dg.instance_for_test() as instance:
        with dg.execute_job(dg.reconstructable(two), instance, run_config={CONFIG}) as result:
            print(result.success, os.getpid() != result.output_for_node("where"))
"""


@pytest.mark.unit
def test_importing_the_package_imports_no_dagster() -> None:
    code = "import sys, dagway; assert 'dagster' not in sys.modules; dagway.warm_executor; assert 'dagster' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.unit
def test_it_takes_the_configuration_of_the_multiprocess_executor() -> None:
    assert isinstance(dagway.warm_executor, dg.ExecutorDefinition)
    schema = cast("Any", dagway.warm_executor.config_schema.as_field().config_type)
    assert schema.fields.keys() == cast("Any", MULTI_PROC_CONFIG.config_type).fields.keys()


@pytest.mark.integration
@pytest.mark.slow
def test_without_an_image_steps_are_processes_all_the_same(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "execution": {
            "config": {"max_concurrent": 1, "retries": {"disabled": {}}, "start_method": {"forkserver": {}}}
        }
    }
    (tmp_path / "two.py").write_text(CODE.replace("{CONFIG}", repr(config)))
    done = subprocess.run(
        [sys.executable, "two.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().endswith("True True"), done.stderr
