"""What the supervisor does first, and what it does no more: its looks, without servers behind it."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from dagster._core.instance.ref import InstanceRef

from dagway._dagster import supervisor
from dagway._dagster.orphans import Orphan
from dagway._dagster.supervisor import LONGEST_PAUSE, MOST_IMAGES, Pause, Supervisor

pytestmark = pytest.mark.unit


class Looking(Supervisor):
    """Only looks: it has no server and no socket; what it would start is counted."""

    def __init__(self, runs: Mapping[str, InstanceRef]) -> None:
        entries = {run_id: SimpleNamespace(instance=reference) for run_id, reference in runs.items()}
        forgotten = self.forgotten = list[str]()
        self._ledger: Any = SimpleNamespace(entries=entries, forget=forgotten.extend)
        clients: Any = {run_id: SimpleNamespace(socket="of a dead server") for run_id in runs}
        self._run_clients = clients
        self._orphans = dict[str, Orphan]()
        self._troubled = dict[str, float]()
        self._swept = time.monotonic()
        self._adopting = threading.Lock()
        self._image_lost = threading.Event()
        self._image_pause = Pause()
        self._pulse = None
        self._shutdown_once_executions_finish_event = threading.Event()
        self._server_termination_event = threading.Event()
        self._restarting = threading.Event()
        self._down_since = time.monotonic()
        self.failure = ""
        self.restarts = self.reloads = 0
        vars(self)["ReloadCode"] = self._reload

    def _reap(self) -> None: ...

    def _processes(self) -> list[Any]:
        return []

    def _server(self) -> None:
        return None

    def _failure(self) -> str:
        return self.failure

    def _restart(self, failure: str) -> None:
        self.restarts += 1

    def _reload(self, request: Any, context: Any) -> None:
        self.reloads += 1

    @staticmethod
    def changes() -> str:
        return ""


class Refusal(grpc.RpcError):
    """As a closed socket is told."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


def test_a_question_to_a_server_that_just_ends_is_asked_again() -> None:
    found, asked = Looking({}), list[str]()

    def answer(api_name: str, *_: Any) -> str:
        asked.append(api_name)
        if len(asked) == 1:
            # Its sockets are closed, but its end is not seen until the third look.
            seen.extend(["", "", "exit code -9"])
            raise Refusal
        return "answer"

    seen: list[str] = []
    vars(found)["_failure"] = lambda: seen.pop(0) if seen else ""
    vars(found)["_client"] = SimpleNamespace(_get_response=answer)
    assert found._query("Ping", None, None) == "answer"
    assert asked == ["Ping", "Ping"]


def no_answer(_: Mapping[str, InstanceRef]) -> list[Orphan]:
    raise ConnectionError("the database is away")


def test_a_storage_that_does_not_answer_keeps_no_server_from_being_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[None] = []

    def unfinished(runs: Mapping[str, InstanceRef]) -> list[Orphan]:
        if not runs:
            return []
        asked.append(None)
        return no_answer(runs)

    monkeypatch.setattr(supervisor, "unfinished", unfinished)
    reference = InstanceRef.from_dir(str(tmp_path))
    found = Looking({"one": reference, "two": reference})
    found.failure = "exit code -9"
    with caplog.at_level(logging.WARNING, logger="dagster.code_server"):
        for _ in range(3):
            found._look()
    assert found.restarts == 3
    # The runs are known to have no server, are not given up, and their storage is not asked at each look.
    assert set(found._orphans) == {"one", "two"}
    assert found._run_clients == {}
    assert found.forgotten == []
    assert len(asked) == 1
    assert "the database is away" in caplog.text


def test_images_that_end_soon_are_replaced_more_and_more_seldom_and_then_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now)
    found = Looking({})
    gaps: list[float] = []
    last = now
    with caplog.at_level(logging.WARNING, logger="dagster.code_server"):
        while found.reloads < MOST_IMAGES:
            found._image_lost.set()
            before = found.reloads
            while found.reloads == before:
                now += 0.25
                found._look()
            gaps.append(now - last)
            last = now
        assert gaps[1:] == sorted(gaps[1:])
        assert gaps[-1] > gaps[1]
        found._image_lost.set()
        for _ in range(int(4 * LONGEST_PAUSE)):
            now += 0.25
            found._look()
    assert found.reloads == MOST_IMAGES
    assert "runs start cold until the definitions are reloaded" in caplog.text
    # One that ends long after is a first one.
    now += 10 * LONGEST_PAUSE
    found._image_lost.set()
    found._look()
    assert found.reloads == MOST_IMAGES + 1
