"""The loop of an image: takes requests, forks, tells what became of each process, and ends when nobody needs it."""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from dagway.runtime import child, image, wire
from dagway.runtime.wire import Ended, ForkRequest, Refused, Started, Wish

#: Seconds that a process without owner has to end.
GRACE = 10.0


@dataclass(eq=False)
class Child:
    """A process that was forked here.

    Attributes:
        status: where its owner listens; None once the owner is gone.
        deadline: when it is killed, on the monotonic clock; None while it may run.
    """

    pid: int
    pidfd: int
    wish: Wish
    status: socket.socket | None
    deadline: float | None = None


def serve(control: socket.socket, prepare: Callable[[], None] | None = None) -> None:
    """Runs until no connection and no child is left. In the children it never returns.

    Args:
        prepare: called first. Where it fails, processes fork all the same, and do themselves what it would have done.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    image.forget()
    if prepare is not None:
        try:
            prepare()
        except Exception:
            traceback.print_exc()
    gc.collect()
    # What is here now is shared with every child: looking through it for garbage would copy it.
    gc.freeze()
    ImageServer(control).run()


class ImageServer:
    """Owns every descriptor of the image: a child closes them all by closing this."""

    def __init__(self, control: socket.socket) -> None:
        self._selector = selectors.DefaultSelector()
        self._controls: set[socket.socket] = set()
        self._children: set[Child] = set()
        self._open(control)

    def run(self) -> None:
        """Acts on what is ready, until nothing can come any more."""
        while self._controls or self._children:
            for key, _ in self._selector.select(self._patience()):
                self._act(key.fileobj, key.data)
            self._kill_late()

    def _act(self, ready: object, child: Child | None) -> None:
        if child is None:
            self._request(_as_socket(ready))
        elif isinstance(ready, socket.socket):
            self._owner_gone(child)
        else:
            self._reap(child)

    def _open(self, control: socket.socket) -> None:
        self._controls.add(control)
        self._selector.register(control, selectors.EVENT_READ)

    def _request(self, control: socket.socket) -> None:
        try:
            request = ForkRequest.receive(control)
        except wire.CutShortError as error:
            # Its descriptors are closed, among them the one by which it would have been answered: the asker sees that.
            print(f"dagway: {error}", file=sys.stderr)
            return
        except ValueError as error:
            print(f"dagway: an image was sent what it does not understand: {error}", file=sys.stderr)
            request = None
        if request is None:
            self._selector.unregister(control)
            self._controls.discard(control)
            control.close()
            return
        self._fork(request)

    def _fork(self, request: ForkRequest) -> None:
        status = socket.socket(fileno=request.status)
        ours = theirs = None
        try:
            if Wish.MAY_FORK in request.wish:
                ours, theirs = wire.pair()
            pid = os.fork()
        except OSError as error:
            self._refuse(status, error)
            pid = -1
        if pid == 0:
            self._close_in_child(ours, status)
            child.run(request, theirs)
        for descriptor in (request.payload, *request.streams, *request.passed):
            os.close(descriptor)
        if theirs is not None:
            theirs.close()
        if pid > 0 and self._watch(pid, request.wish, status) and ours is not None:
            self._open(ours)
        elif ours is not None:
            ours.close()

    def _refuse(self, status: socket.socket, error: OSError) -> None:
        wire.send_status(status, Refused(error.errno or 0))
        status.close()

    def _watch(self, pid: int, wish: Wish, status: socket.socket) -> bool:
        """False where no descriptor is left: the process has got nothing to do yet, and never will."""
        try:
            pidfd = os.pidfd_open(pid)
        except OSError as error:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._refuse(status, error)
            return False
        found = Child(pid, pidfd, wish, status)
        self._children.add(found)
        self._selector.register(pidfd, selectors.EVENT_READ, found)
        self._selector.register(status, selectors.EVENT_READ, found)
        wire.send_status(status, Started(pid, pidfd))
        return True

    def _owner_gone(self, found: Child) -> None:
        """Owners never write: that there is something to read means that the other end is closed.

        In one look the end of the process may have come first: then there is nothing more to do.
        """
        if found.status is None:
            return
        self._selector.unregister(found.status)
        found.status.close()
        found.status = None
        if Wish.ENDS_WITH_OWNER in found.wish:
            # It sees that itself, by its own end of what its owner held, and is interrupted; this is for one that cannot.
            found.deadline = time.monotonic() + GRACE

    def _reap(self, found: Child) -> None:
        _, status = os.waitpid(found.pid, 0)
        if found.status is not None:
            wire.send_status(found.status, Ended(os.waitstatus_to_exitcode(status)))
            self._selector.unregister(found.status)
            found.status.close()
            found.status = None
        self._selector.unregister(found.pidfd)
        os.close(found.pidfd)
        self._children.discard(found)

    def _patience(self) -> float | None:
        deadlines = [found.deadline for found in self._children if found.deadline is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _kill_late(self) -> None:
        for found in self._children:
            if found.deadline is not None and found.deadline <= time.monotonic():
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(found.pidfd, signal.SIGKILL)
                found.deadline = None

    def _close_in_child(self, *others: socket.socket | None) -> None:
        self._selector.close()
        for found in self._children:
            os.close(found.pidfd)
            if found.status is not None:
                found.status.close()
        for open_socket in (*self._controls, *others):
            if open_socket is not None:
                open_socket.close()


def _as_socket(found: object) -> socket.socket:
    if not isinstance(found, socket.socket):
        raise TypeError(f"{found!r} is no connection")
    return found
