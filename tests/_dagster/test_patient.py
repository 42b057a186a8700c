"""What the daemon does otherwise than Dagster's own command starts it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from dagway._dagster import patient

pytestmark = pytest.mark.unit


def test_the_scheduler_looks_again_soon_and_at_each_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the daemon's own command: the scheduler cannot be imported first.
    importlib.import_module(patient.COMMANDS["daemon"][0])
    module: Any = importlib.import_module("dagster._scheduler.scheduler")
    monkeypatch.setattr(
        module, "_get_next_scheduler_iteration_time", module._get_next_scheduler_iteration_time
    )
    assert module._get_next_scheduler_iteration_time(601.0) == 660.0
    patient._try_ticks_again_soon()  # pyright: ignore[reportPrivateUsage]
    assert module._get_next_scheduler_iteration_time(601.0) == 601.0 + patient.LOOK
    assert module._get_next_scheduler_iteration_time(659.0) == 660.0
