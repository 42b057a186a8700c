"""The handle of an image, and how an image comes to be."""

from __future__ import annotations

import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from dagway.runtime import wire


@dataclass(frozen=True)
class Image:
    """What a process holds that may have others forked.

    Attributes:
        control: one end of a pair; the image ends once nobody holds such an end and its last child is gone.
        pid: the image's process.
    """

    control: socket.socket
    pid: int
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def fork(self, request: wire.ForkRequest) -> None:
        """Asks for a process. Raises OSError where the image is gone."""
        with self._lock:
            request.send(self.control)

    def is_alive(self) -> bool:
        """Whether the image still holds its end."""
        try:
            return self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """Lets go: the image ends when its last child has."""
        self.control.close()


#: Descriptors that are this process's alone: an image of it must not keep their other ends open.
_held: list[int] = []
#: The image from which this process was forked, if it may fork others from it.
_current: Image | None = None


def current() -> Image | None:
    """The image from which this process was forked, if steps may fork from it."""
    return _current


def adopt(control: int, pid: int) -> None:
    """Makes the connection that this process was given its current image."""
    global _current
    _current = Image(socket.socket(fileno=control), pid)
    hold(control)


def hold(*descriptors: int) -> None:
    """These are for this process alone."""
    _held.extend(descriptors)


def _let_go() -> None:
    """In the memory of an image they still belong to objects: their numbers stay taken, by nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in _held:
        os.dup2(nothing, descriptor, inheritable=False)
    os.close(nothing)
    _held.clear()


def forget() -> None:
    """A process that was forked has the memory of its image, and with it what the image itself was forked from."""
    global _current
    _current = None


def start(prepare: Callable[[], None] | None = None) -> Image:
    """Makes a copy of this process the image; returns its handle in this one.

    Only for a process with one thread: see `dagway.runtime.safety`.

    Args:
        prepare: called in the image before the first process forks from it; meanwhile this process goes on.
    """
    from dagway.runtime.server import serve

    ours, theirs = wire.pair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Image(ours, pid)
    try:
        ours.close()
        _let_go()
        serve(theirs, prepare)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)
