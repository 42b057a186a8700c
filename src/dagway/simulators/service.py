"""What the simulators of vendors share: routes, authentication, faults that a test asks for, 501 for the rest."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from dagway.simulators.receiver import Answer, Request, serve

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")

S = TypeVar("S", bound="Service")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        path: part of the path of the request that it happens to.
        status: the HTTP status that is answered; 0 for the answer as it would be.
        retry_after: seconds that the answer asks to wait.
        delay: seconds before the answer.
        cut: whether the connection ends after half of the answer.
    """

    path: str = ""
    status: int = 0
    retry_after: int | None = None
    delay: float = 0.0
    cut: bool = False


@dataclass(frozen=True)
class Route:
    """A method and a pattern of paths, and what answers them; groups of the pattern are its arguments."""

    method: str
    pattern: str
    handler: Callable[..., Answer]


def answered(value: Any, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(status, json.dumps(value))


@dataclass
class Service(ABC):
    """A vendor's API on this machine.

    Attributes:
        faults: what goes wrong with the next requests; each happens once.
        requests: what was asked, in order.
    """

    title: ClassVar[str]
    covers: ClassVar[str]
    """What part of the vendor's API is simulated."""
    url: str = ""
    faults: list[Fault] = field(default_factory=list[Fault])
    requests: list[Request] = field(default_factory=list[Request])
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """What is simulated."""

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """What a client logs in with, by the name of the setting."""

    @abstractmethod
    def is_allowed(self, request: Request) -> bool:
        """Whether the request has the right credentials."""

    @abstractmethod
    def error(self, status: int, message: str) -> Answer:
        """An error as the vendor writes it."""

    def answer(self, request: Request) -> Answer:
        """The answer to a request, or what goes wrong with it."""
        with self._lock:
            self.requests.append(request)
            fault = next((one for one in self.faults if one.path in request.path), None)
            if fault:
                self.faults.remove(fault)
        if fault is None:
            return self._routed(request)
        time.sleep(fault.delay)
        found = self.error(fault.status, "Asked for.") if fault.status else self._routed(request)
        if fault.retry_after is not None:
            found = replace(found, headers={"Retry-After": str(fault.retry_after)})
        return _half(found) if fault.cut else found

    def _routed(self, request: Request) -> Answer:
        if not self.is_allowed(request):
            return self.error(401, "The credentials are missing or wrong.")
        for route in self.routes():
            found = re.fullmatch(route.pattern, request.path)
            if found and route.method == request.method:
                with self._lock:
                    return route.handler(request, **found.groupdict())
        return self.error(
            501,
            f"{request.method} {request.path} of {self.title} is not simulated. Simulated is {self.covers}.",
        )

    @contextmanager
    def running(self: S, port: int = 0) -> Generator[S]:
        """Serve it; `url` is its address."""
        with serve(self.answer, port=port, methods=METHODS) as url:
            self.url = url
            yield self

    @property
    def variable(self) -> str:
        """The environment variable that names a stand-in that runs already."""
        return f"DAGWAY_DEMO_{self.title.upper().replace(' ', '_')}_URL"

    @contextmanager
    def demo(self) -> Generator[str]:
        """The address of what stands in for the vendor: what `variable` says, else this, served."""
        if address := os.environ.get(self.variable):
            yield address
            return
        with self.running():
            yield self.url


def _half(answer: Answer) -> Answer:
    """Half of the bytes that the answer's header announces."""
    length = len(answer.body.encode())
    return replace(
        answer,
        body=answer.body[: len(answer.body) // 2],
        headers={**answer.headers, "Content-Length": str(length)},
    )
