"""Requests to a vendor's API: bounded in time, tried again where that helps, and never half an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import requests


@dataclass(frozen=True)
class Vendor:
    """Whom to ask, and how patiently.

    Attributes:
        name: what people call it.
        credentials: which settings log in, for the message when they are refused.
        timeout: seconds to wait for one answer.
        patience: seconds after which a request is given up, pauses included.
    """

    name: str
    credentials: str
    timeout: float = 30.0
    patience: float = 60.0

    def ask(self, method: str, url: str, **request: Any) -> requests.Response:
        """The answer to a request, whatever its status below 500; a successful one is whole and JSON.

        Tried again when the vendor is busy (429, for as long as `Retry-After` asks), broken or not reachable.

        Raises:
            DagwayError: no answer came in time.
        """
        import requests

        deadline, pause, reason = time.monotonic() + self.patience, 0.2, ""
        while True:
            try:
                answer = requests.request(method, url, timeout=self.timeout, **request)
                if answer.ok:
                    answer.json()
                wait = _wait(answer, pause)
                if wait is None:
                    return answer
                reason = said(answer)
            except requests.RequestException as error:
                wait, reason = pause, _trouble(error)
            if time.monotonic() + wait > deadline:
                raise DagwayError(
                    f"{self.name} gave no answer to {method} {url} within {self.patience:g} s: {reason}.",
                    "Run it again later, or look at the vendor's status page.",
                )
            time.sleep(wait)
            pause = min(pause * 2, 10.0)

    def checked(self, answer: requests.Response) -> Any:
        """The answer as JSON.

        Raises:
            DagwayError: it is an error.
        """
        if answer.ok:
            return answer.json()
        if answer.status_code in (401, 403):
            raise DagwayError(
                f"{self.name} refuses the credentials: {said(answer)}.", f"Correct {self.credentials}."
            )
        raise DagwayError(
            f"{self.name} refuses {answer.request.method} {answer.url}: {said(answer)}.",
            "Correct what is named there, or its settings.",
        )


def said(answer: requests.Response) -> str:
    """An error in a line: the status, and the message where the body has one."""
    try:
        found: Any = answer.json()
        message = found.get("message") or found.get("detail") or found.get("error") or ""
    except (ValueError, AttributeError):  # no JSON, or no object
        message = ""
    text = f"{answer.status_code} {answer.reason}" + (f", {message}" if message else "")
    return text.rstrip(".")


def _wait(answer: requests.Response, pause: float) -> float | None:
    """Seconds until the next try; None where another try would be answered the same."""
    if answer.status_code == 429 or answer.status_code == 503:
        asked = answer.headers.get("Retry-After", "")
        return float(asked) if asked.replace(".", "", 1).isdigit() else pause
    return pause if answer.status_code >= 500 and answer.status_code != 501 else None


def _trouble(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.JSONDecodeError | requests.exceptions.ChunkedEncodingError):
        return "its answer ended half way"
    return str(error).rstrip(".")
