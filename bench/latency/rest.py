"""JSON over HTTP, as peers' own interfaces speak it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

BUSY_TRIES = 20


def ask(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """The answer's value.

    Raises:
        RuntimeError: the server refused; its words are in the message.
        OSError: no server answers.
    """
    data = None if body is None else json.dumps(body).encode()
    # A busy server says so; clients of their own try again too.
    for _ in range(BUSY_TRIES):
        try:
            return _answer(method, url, data, headers or {})
        except BusyError:
            time.sleep(1)
    return _answer(method, url, data, headers or {})


class BusyError(RuntimeError):
    """The server asks to try again later."""


def _answer(method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        kind = BusyError if error.code == HTTPStatus.SERVICE_UNAVAILABLE else RuntimeError
        raise kind(f"{method} {url}: {error.code} {error.read().decode()[-500:]}") from error
