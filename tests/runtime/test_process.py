"""Processes that an image forks, seen from both sides: what is told of them, and what is left open."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import errno
import fcntl
import os
import queue
import resource
import select
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dagway._dagster import pidfds
from dagway.runtime import image, wire
from dagway.runtime.process import ForkContext
from dagway.runtime.server import ImageServer
from dagway.runtime.wire import CutShortError, ForkRequest, Wish

pytestmark = pytest.mark.integration
#: Seconds after which what ought to come at once does not come at all.
DEADLINE = 60.0


@pytest.fixture
def context() -> Iterator[ForkContext]:
    """Processes fork from a copy of this one."""
    handle = image.start()
    yield ForkContext(handle, Wish(0))
    handle.close()
    os.waitpid(handle.pid, 0)


def nothing() -> None: ...


def say_half(channel: Any) -> None:
    """A whole object, then a part of one; then it is killed."""
    channel.put("whole")
    os.write(channel._writer.fileno(), (1000).to_bytes(4, "big") + b"half")
    os.kill(os.getpid(), signal.SIGKILL)


def descriptors() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_what_a_killed_process_has_said_in_part_keeps_nobody_waiting(context: ForkContext) -> None:
    channel = context.Queue()
    process = context.Process(say_half, (channel,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert channel.get(timeout=DEADLINE) == "whole"
    found: list[str] = []

    def read_on() -> None:
        for _ in range(2):
            try:
                channel.get(timeout=DEADLINE)
            except queue.Empty:
                found.append("nothing")

    reader = threading.Thread(target=read_on, daemon=True)
    reader.start()
    reader.join(DEADLINE)
    assert found == ["nothing", "nothing"]
    channel.close()


def test_a_process_with_high_descriptors_is_waited_for(
    context: ForkContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    process: Any = context.Process(nothing)
    process.start()
    popen = process._popen
    with limit(4096), monkeypatch.context() as patch:
        high = fcntl.fcntl(popen._status.fileno(), fcntl.F_DUPFD_CLOEXEC, 1100)
        popen._status = socket.socket(fileno=high)
        popen._status.setblocking(False)
        receive, asked = wire.receive_status, list[None]()

        def receive_status(channel: socket.socket) -> wire.Status | None:
            asked.append(None)
            if len(asked) == 1:
                raise BlockingIOError
            return receive(channel)

        patch.setattr(wire, "receive_status", receive_status)
        assert popen.poll(0) == 0
        assert len(asked) > 1
        popen._status.close()


@contextmanager
def limit(number: int) -> Generator[None]:
    """So many descriptors may be open here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_an_owner_that_goes_in_the_moment_in_which_its_process_ends_harms_nobody() -> None:
    ours, _asker = wire.pair()
    server = ImageServer(ours)
    status, owner = wire.pair()
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    server._watch(pid, Wish(0), status)
    owner.close()
    (child,) = server._children
    poll = select.poll()
    poll.register(child.pidfd, select.POLLIN)
    assert poll.poll(DEADLINE * 1000)
    # One look at both, in the order in which the kernel may well tell them.
    for ready in (child.pidfd, status):
        server._act(ready, child)
    assert not server._children
    server._close_in_child()


def request(*, passed: tuple[int, ...] = ()) -> ForkRequest:
    return ForkRequest(Wish(0), 0, 1, (0, 1, 2), passed)


def test_a_request_that_is_none_leaves_no_descriptor_open() -> None:
    ours, theirs = wire.pair()
    wire.send(ours, bytes([0]), (0, 1))
    before = descriptors()
    with pytest.raises(ValueError, match="unpack"):
        ForkRequest.receive(theirs)
    assert descriptors() == before
    ours.close()
    theirs.close()


def test_a_request_for_which_there_is_no_room_is_told_and_leaves_no_descriptor_open() -> None:
    ours, theirs = wire.pair()
    status, far = wire.pair()
    # What would have been answered on is the last to travel, and does not arrive.
    request(passed=(far.fileno(),)).send(ours)
    far.close()
    before = descriptors()
    free = os.dup(0)
    os.close(free)
    with limit(free + 2), pytest.raises(CutShortError) as raised:
        ForkRequest.receive(theirs)
    assert raised.value.errno == errno.EMFILE
    assert descriptors() == before
    # So whoever asked sees that nobody answers.
    assert wire.receive_status(status) is None
    for end in (ours, theirs, status):
        end.close()


def test_an_image_without_room_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    ours, asker = wire.pair()
    server = ImageServer(ours)
    request().send(asker)
    free = os.dup(0)
    os.close(free)
    with limit(free + 2):
        server._act(ours, None)
    assert server._controls == {ours}
    assert "may open" in capfd.readouterr().err
    server._close_in_child()
    asker.close()


def test_a_system_that_refuses_descriptors_of_processes_is_not_supported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert pidfds.are_supported.__wrapped__()

    def refuse(pid: int, flags: int = 0) -> int:
        raise OSError(errno.ENOSYS, "refused")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert not pidfds.are_supported.__wrapped__()


_prepared: list[str] = []


def say_what_is_prepared(channel: Any) -> None:
    channel.put(list(_prepared))


def prepare_well() -> None:
    _prepared.append("made in the image")


def prepare_badly() -> None:
    _prepared.append("begun in the image")
    raise ValueError("it cannot be made")


@pytest.mark.parametrize(
    ("prepare", "found"), [(prepare_well, ["made in the image"]), (prepare_badly, ["begun in the image"])]
)
def test_an_image_prepares_itself_before_the_first_process_forks(
    prepare: Callable[[], None], found: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    handle = image.start(prepare)
    assert _prepared == []
    context = ForkContext(handle, Wish(0))
    channel = context.Queue()
    process = context.Process(say_what_is_prepared, (channel,))
    process.start()
    assert channel.get(timeout=DEADLINE) == found
    process.join()
    handle.close()
    os.waitpid(handle.pid, 0)
    assert ("it cannot be made" in capfd.readouterr().err) == (prepare is prepare_badly)
