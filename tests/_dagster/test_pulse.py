"""When a server is taken to hang."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from dagway._dagster.pulse import HANGING, PAUSE, Pulse

pytestmark = pytest.mark.unit


@dataclass
class Server:
    """One that may hang, on a clock that a test moves. A question to it is over at once, or when `wait` says so."""

    now: float = 1000.0
    hangs: bool = False
    asked: list[float] = field(default_factory=list[float])
    wait: Callable[[], object] = lambda: None

    def answer(self, patience: float) -> None:
        self.wait()
        self.asked.append(patience)
        if self.hangs:
            raise TimeoutError


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    found = Server()
    monkeypatch.setattr("dagway._dagster.pulse.time.monotonic", lambda: found.now)
    return found


def look(pulse: Pulse, server: Server) -> float:
    """The silence after one more question."""
    server.now += PAUSE
    pulse.look()
    # Nothing further is asked.
    pulse._next = float("inf")  # pyright: ignore[reportPrivateUsage]
    return pulse.silence()


def test_one_that_has_not_answered_for_long_hangs(server: Server) -> None:
    pulse = Pulse(server.answer)
    assert [look(pulse, server) for _ in range(5)] == [0.0] * 5
    server.hangs = True
    silences = list[float]()
    while not any(silences):
        silences.append(look(pulse, server))
    assert HANGING <= silences[-1] <= HANGING + PAUSE
    # The first may have to wait for what others ask; the next ones only prove it.
    assert server.asked[5:7] == [HANGING, PAUSE]


def test_one_that_answers_now_and_then_does_not_hang(server: Server) -> None:
    pulse = Pulse(server.answer)
    for number in range(100):
        server.hangs = number % 5 > 0
        assert look(pulse, server) == 0.0


def test_an_answer_to_somebody_else_counts(server: Server) -> None:
    pulse = Pulse(server.answer)
    server.hangs = True
    for _ in range(100):
        assert look(pulse, server) == 0.0
        pulse.answered()


def test_an_answer_to_somebody_else_counts_while_a_question_is_open(server: Server) -> None:
    pulse = Pulse(server.answer)
    server.hangs = True
    assert look(pulse, server) == 0.0
    server.now += HANGING
    server.wait = pulse.answered
    assert look(pulse, server) == 0.0
    server.wait = lambda: None
    assert look(pulse, server) == 0.0
    server.now += PAUSE
    assert pulse.silence() == 0.0


def test_a_process_that_was_stopped_itself_takes_no_server_to_hang(server: Server) -> None:
    pulse = Pulse(server.answer)

    def stopped() -> None:
        server.now += 10 * HANGING

    server.hangs, server.wait = True, stopped
    assert look(pulse, server) == 0.0
    server.hangs, server.wait = False, lambda: None
    assert look(pulse, server) == 0.0
    server.hangs = True
    assert look(pulse, server) == 0.0


def test_who_looks_waits_for_nothing_and_one_question_is_asked_at_a_time(server: Server) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert go_on.wait(60)

    server.wait = wait
    pulse = Pulse(server.answer)
    for _ in range(3):
        server.now += PAUSE
        assert pulse.silence() == 0.0
        assert begun.wait(60)
    (question,) = [one for one in threading.enumerate() if one.name == "dagway-pulse"]
    go_on.set()
    question.join(60)
    assert server.asked == [HANGING]
