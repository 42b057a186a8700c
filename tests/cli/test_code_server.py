"""`dagway code-server`: its options are those of Dagster's own servers. That it serves is tested in tests/runtime."""

from __future__ import annotations

import subprocess
import sys

import pytest
from dagster._cli.api import grpc_command
from dagster._cli.code_server import start_command

from dagway.cli.code_server import code_server


def names(command: object) -> set[str]:
    return {
        name for option in getattr(command, "params", ()) for name in option.opts if name.startswith("--")
    }


@pytest.mark.parametrize(
    "own", [grpc_command, start_command], ids=["dagster api grpc", "dagster code-server start"]
)
def test_it_takes_every_option_of_dagsters_server(own: object) -> None:
    assert names(own) - names(code_server) == set()


@pytest.mark.integration
def test_a_server_without_an_address_says_what_to_add() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dagway", "code-server", "-m", "no_such_module"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
