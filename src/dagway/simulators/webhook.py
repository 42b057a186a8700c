"""A webhook's receiver on this machine: it takes JSON posted to any path and keeps it. It checks nothing else."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dagway.simulators.receiver import Answer, Request, serve


@dataclass
class WebhookReceiver:
    """What arrived; `failures` are the HTTP statuses of the next answers."""

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    failures: list[int] = field(default_factory=list[int])

    def answer(self, request: Request) -> Answer:
        if self.failures:
            return Answer(self.failures.pop(0), "", {"Retry-After": "0"})
        try:
            self.messages.append(dict(json.loads(request.body)))
        except ValueError:
            return Answer(400, "The body is no JSON object.", kind="text/plain")
        return Answer(200, "{}")


@contextmanager
def webhook_receiver(port: int = 0) -> Generator[WebhookReceiver]:
    """A running receiver; `url` is what `DAGWAY_DEMO_WEBHOOK_URL` is set to."""
    receiver = WebhookReceiver()
    with serve(receiver.answer, port=port) as url:
        receiver.url = url
        yield receiver
