"""Slack on this machine, as far as alerts use it.

Covered: `POST /api/chat.postMessage` with a bearer token and a JSON or form body (`channel`, `text`), its answer with
`ok`, `channel` and `ts`, the errors `not_authed`, `invalid_auth`, `channel_not_found`, `no_text` and `ratelimited`
(HTTP 429 with `Retry-After`), and incoming webhooks (`POST /services/…`, answer `ok`). Everything else answers 501.
Not covered: blocks and attachments are kept but not checked, no Web API method but the one, no rate of its own.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from dagway.simulators.receiver import Answer, Request, serve


@dataclass
class SlackReceiver:
    """What arrived, and what the next requests are answered.

    Attributes:
        messages: the bodies that were accepted, in order.
        channels: the channels that exist; None for any.
        failures: answers for the next requests: an error of Slack's, `ratelimited`, or an HTTP status such as `503`.
    """

    url: str = ""
    token_prefix: str = "xoxb-"  # noqa: S105  how a bot's token begins
    channels: set[str] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    failures: list[str] = field(default_factory=list[str])

    def answer(self, request: Request) -> Answer:
        if request.path == "/api/chat.postMessage":
            return self._post_message(request)
        if request.path.startswith("/services/"):
            return self._webhook(request)
        return Answer(501, f"{request.path} is not simulated.", kind="text/plain")

    def _post_message(self, request: Request) -> Answer:
        body = _body(request)
        error = self._next_failure() or self._refusal(request, body)
        if error == "ratelimited":
            return Answer(429, json.dumps({"ok": False, "error": error}), {"Retry-After": "0"})
        if error and error.isdigit():
            return Answer(int(error), "")
        if error:
            return Answer(200, json.dumps({"ok": False, "error": error}))
        self.messages.append(body)
        stamp = f"{1_700_000_000 + len(self.messages)}.000100"
        return Answer(200, json.dumps({"ok": True, "channel": body["channel"], "ts": stamp, "message": body}))

    def _refusal(self, request: Request, body: dict[str, Any]) -> str | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            return "not_authed"
        if not token.startswith(self.token_prefix):
            return "invalid_auth"
        channel = body.get("channel")
        if not channel or (self.channels is not None and channel not in self.channels):
            return "channel_not_found"
        return None if body.get("text") else "no_text"

    def _webhook(self, request: Request) -> Answer:
        body = _body(request)
        error = self._next_failure()
        if error:
            return Answer(int(error) if error.isdigit() else 429, error, {"Retry-After": "0"}, "text/plain")
        if not body.get("text"):
            return Answer(400, "no_text", kind="text/plain")
        self.messages.append(body)
        return Answer(200, "ok", kind="text/plain")

    def _next_failure(self) -> str | None:
        return self.failures.pop(0) if self.failures else None


def _body(request: Request) -> dict[str, Any]:
    text = request.body.decode()
    if "json" in request.headers.get("content-type", ""):
        return dict(json.loads(text))
    return dict(parse_qsl(text))


@contextmanager
def slack_receiver(port: int = 0) -> Generator[SlackReceiver]:
    """A running receiver; `url` is what `DAGWAY_DEMO_SLACK_URL` is set to."""
    receiver = SlackReceiver()
    with serve(receiver.answer, port=port) as url:
        receiver.url = url
        yield receiver
