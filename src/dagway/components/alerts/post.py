"""Post JSON over HTTP, again where the receiver asks for patience or is down, within bounded time."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from dagway.errors import DagwayError

PATIENCE = 30.0
"""Seconds after which a message is given up."""


def post(
    url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None, patience: float = PATIENCE
) -> str:
    """Post the body; gives the answer's text.

    Raises:
        DagwayError: the address is none, or the receiver refuses, or does not answer in time.
    """
    if not url.startswith(("http://", "https://")):
        raise DagwayError("The address to post to is not http:// or https://.", "Correct the variable.")
    deadline, pause = time.monotonic() + patience, 0.2
    while True:
        try:
            return _posted(url, body, headers or {}, max(1.0, deadline - time.monotonic()))
        except urllib.error.HTTPError as error:
            reason, wait = f"{error.code} {error.reason}", _wait(error, pause)
            if wait is None:
                raise DagwayError(
                    f"{_host(url)} refuses the message: {reason}.", "Check the address."
                ) from None
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            reason, wait = str(getattr(error, "reason", error)), pause
        if time.monotonic() + wait > deadline:
            raise DagwayError(
                f"{_host(url)} did not take the message in {patience:g} s: {reason}.", "Check that it runs."
            ) from None
        time.sleep(wait)
        pause = min(pause * 2, 5.0)


def _posted(url: str, body: Mapping[str, Any], headers: Mapping[str, str], timeout: float) -> str:
    content = json.dumps(body).encode()
    sent = {"Content-Type": "application/json; charset=utf-8", **headers}
    request = urllib.request.Request(url, data=content, headers=sent, method="POST")  # noqa: S310  checked above
    with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
        return response.read().decode()


def _wait(error: urllib.error.HTTPError, pause: float) -> float | None:
    """Seconds until the next try; None where another try would be refused as well."""
    if error.code == 429:
        asked = error.headers.get("Retry-After", "")
        return float(asked) if asked.replace(".", "", 1).isdigit() else pause
    return pause if error.code >= 500 and error.code != 501 else None


def _host(url: str) -> str:
    """The address without what may be secret: a webhook's path is its password."""
    return "/".join(url.split("/")[:3])
