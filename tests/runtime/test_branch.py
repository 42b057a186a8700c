"""An image of a run, where a copy of its process would not be safe."""

from __future__ import annotations

import logging
import socket

import pytest

from dagway.runtime import branch, safety
from dagway.runtime.image import Image
from dagway.runtime.safety import Obstacle


@pytest.mark.unit
def test_a_run_that_must_not_be_copied_says_why(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def obstacles(*, besides: frozenset[str]) -> tuple[Obstacle, ...]:
        return (Obstacle('the thread "heart"', "beats"),)

    monkeypatch.setattr(safety, "obstacles", obstacles)
    with socket.socket() as control, caplog.at_level(logging.WARNING, logger="dagway.runtime"):
        trunk = Image(control, 1)
        assert branch.of_this_run(trunk) is trunk
    assert 'its process has the thread "heart" of beats' in caplog.text
