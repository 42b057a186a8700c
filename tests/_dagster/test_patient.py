"""What the daemon does otherwise than Dagster's own command starts it."""

from __future__ import annotations

import importlib
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dagway._dagster import patient

# pyright: reportPrivateUsage=false
pytestmark = pytest.mark.unit


def test_the_scheduler_looks_again_soon_and_at_each_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the daemon's own command: the scheduler cannot be imported first.
    importlib.import_module(patient.COMMANDS["daemon"][0])
    module: Any = importlib.import_module("dagster._scheduler.scheduler")
    monkeypatch.setattr(
        module, "_get_next_scheduler_iteration_time", module._get_next_scheduler_iteration_time
    )
    assert module._get_next_scheduler_iteration_time(601.0) == 660.0
    patient._try_ticks_again_soon()
    assert module._get_next_scheduler_iteration_time(601.0) == 601.0 + patient.LOOK
    assert module._get_next_scheduler_iteration_time(659.0) == 660.0


def test_code_servers_answer_on_every_kind_of_address(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    assert not patient._answers(path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert patient._answers(path)
    for family, host, forms in (
        (socket.AF_INET, "127.0.0.1", ("127.0.0.1:{}", "localhost:{}")),
        (socket.AF_INET6, "::1", ("::1:{}", "[::1]:{}")),
    ):
        with socket.socket(family) as server:
            try:
                server.bind((host, 0))
            except OSError:
                # A machine without IPv6 has no `::1`; it always has the first.
                assert family is socket.AF_INET6
                continue
            port = server.getsockname()[1]
            assert not patient._answers(forms[0].format(port))
            server.listen()
            for form in forms:
                assert patient._answers(form.format(port)), form


def test_one_that_accepts_nobody_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "PATIENCE", 0.05)
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        # What it takes before it accepts.
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        found = list[bool]()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        looks = threading.Thread(target=lambda: found.append(patient._answers(address)), daemon=True)
        looks.start()
        # The system itself gives up after two minutes.
        looks.join(60)
        assert found == [False]
