"""What is said to an image and by it: small packets with file descriptors beside them."""

from __future__ import annotations

import array
import errno
import os
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag

#: Descriptors in one packet: the kernel's limit is 253.
MOST_DESCRIPTORS = 250
_STATUS = struct.Struct("=cq")


class Wish(IntFlag):
    """What a request asks for beyond a process.

    Attributes:
        ENDS_WITH_OWNER: the process is ended once whoever asked for it is gone: a step without its run.
        MAY_FORK: the process gets a connection of its own to the image: a run, whose steps fork from it.
    """

    ENDS_WITH_OWNER = 1
    MAY_FORK = 2


@dataclass(frozen=True)
class ForkRequest:
    """One packet to an image.

    Attributes:
        wish: see there.
        payload: a pipe from which the new process reads what it is to do; the image never reads it.
        status: the image's end of a socket pair on which it says what became of the process.
        streams: standard input, output and error of the new process.
        passed: further descriptors for the new process, in the order in which the payload counts them.
    """

    wish: Wish
    payload: int
    status: int
    streams: tuple[int, int, int]
    passed: tuple[int, ...] = ()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """All of them, in the order in which they travel."""
        return (self.payload, self.status, *self.streams, *self.passed)

    def send(self, control: socket.socket) -> None:
        """Raises OSError where the image is gone."""
        send(control, bytes([self.wish]), self.descriptors)

    @classmethod
    def receive(cls, control: socket.socket) -> ForkRequest | None:
        """The next request; None where the other end is gone.

        Raises:
            CutShortError: this process has no room for its descriptors.
            ValueError: it is no request.
        """
        data, descriptors = receive(control)
        if not data:
            return None
        try:
            payload, status, stdin, stdout, stderr, *passed = descriptors
            return cls(Wish(data[0]), payload, status, (stdin, stdout, stderr), tuple(passed))
        except ValueError:
            _close(descriptors)
            raise


@dataclass(frozen=True)
class Started:
    """The process runs; the descriptor is a pidfd, which means this process for ever."""

    pid: int
    pidfd: int


@dataclass(frozen=True)
class Ended:
    """The process has ended; a signal's number is negative."""

    code: int


@dataclass(frozen=True)
class Refused:
    """The image could not fork."""

    errno: int


Status = Started | Ended | Refused


def send_status(channel: socket.socket, status: Status) -> None:
    """Says what became of a process; nobody may listen any more."""
    match status:
        case Started(pid, pidfd):
            packet, descriptors = _STATUS.pack(b"S", pid), (pidfd,)
        case Ended(code):
            packet, descriptors = _STATUS.pack(b"E", code), ()
        case Refused(number):
            packet, descriptors = _STATUS.pack(b"R", number), ()
    try:
        send(channel, packet, descriptors)
    except OSError:
        return


def receive_status(channel: socket.socket) -> Status | None:
    """The next status; None where the image is gone. Raises BlockingIOError where there is none yet."""
    data, descriptors = receive(channel)
    if len(data) < _STATUS.size:
        return None
    kind, number = _STATUS.unpack(data)
    match kind:
        case b"S":
            return Started(number, descriptors[0])
        case b"E":
            return Ended(number)
        case _:
            return Refused(number)


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends that keep packets apart and tell when the other one is gone."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(channel: socket.socket, data: bytes, descriptors: tuple[int, ...]) -> None:
    """One packet. `socket.send_fds` without its detours."""
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    channel.sendmsg([data], ancillary, socket.MSG_NOSIGNAL)


class CutShortError(OSError):
    """Of a packet's descriptors not all could be taken, and none has been: this process has as many open as it may."""


def receive(channel: socket.socket) -> tuple[bytes, tuple[int, ...]]:
    """One packet; empty where the other end is gone. The descriptors are not inherited by programs that are started.

    Raises:
        CutShortError: see there. The packet is lost.
    """
    try:
        data, descriptors, flags, _ = socket.recv_fds(channel, 64, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return b"", ()
    if flags & socket.MSG_CTRUNC:
        _close(descriptors)
        raise CutShortError(errno.EMFILE, "A request came with more descriptors than this process may open")
    return data, tuple(descriptors)


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
