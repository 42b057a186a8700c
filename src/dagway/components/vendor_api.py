"""Requests to a vendor's API: bounded in time, tried again where that helps, and never half an answer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import requests


NO_CONTENT = 204


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
        """The answer to a request, as `answered` gives it."""
        import requests

        return self.answered(
            method, url, lambda: requests.request(method, url, timeout=self.timeout, **request)
        )

    def answered(self, method: str, url: str, send: Callable[[], requests.Response]) -> requests.Response:
        """What `send` is answered, whatever its status below 500; a successful answer is whole and JSON.

        Tried again when the vendor is busy (429, for as long as `Retry-After` asks), broken or not reachable.

        Raises:
            DagwayError: no answer came in time.
        """
        import requests

        deadline, pause, reason = time.monotonic() + self.patience, 0.2, ""
        while True:
            try:
                answer = send()
                if answer.ok and answer.status_code != NO_CONTENT:
                    self._refuse_page(answer)
                    answer.json()
                wait = _wait(answer, pause)
                if wait is None:
                    return answer
                reason = said(answer)
            except requests.RequestException as error:
                wait, reason = pause, _trouble(error)
            if time.monotonic() + wait > deadline:
                raise DagwayError(
                    f"{self.name} gave no answer to {method} {_bare(url)} within {self.patience:g} s: {reason}.",
                    "Run it again later, or look at the vendor's status page.",
                )
            time.sleep(wait)
            pause = min(pause * 2, 10.0)

    def _refuse_page(self, answer: requests.Response) -> None:
        """A page for people, of a login or a proxy, would be the same at the next try."""
        kind = answer.headers.get("Content-Type", "")
        if kind.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
            raise DagwayError(
                f"{self.name} answers {answer.request.method} {_bare(answer.url)} with a page of {kind}, and no JSON.",
                f"Correct the address, or {self.credentials}.",
            )

    def checked(self, answer: requests.Response) -> Any:
        """The answer as JSON.

        Raises:
            DagwayError: it is an error.
        """
        if answer.status_code == NO_CONTENT:
            raise DagwayError(
                f"{self.name} answers {answer.request.method} {_bare(answer.url)} without content.",
                "Correct the address; an answer was expected.",
            )
        if answer.ok:
            return answer.json()
        if answer.status_code in (401, 403):
            raise DagwayError(
                f"{self.name} refuses the credentials: {said(answer)}.", f"Correct {self.credentials}."
            )
        raise DagwayError(
            f"{self.name} refuses {answer.request.method} {_bare(answer.url)}: {said(answer)}.",
            "Correct what is named there, or its settings.",
        )

    def field(self, answer: Any, *path: str) -> Any:
        """What an answer has at a path of names; a null is something.

        Raises:
            DagwayError: it has no such field.
        """
        found = answer
        for name in path:
            if not isinstance(found, dict) or name not in found:
                raise DagwayError(
                    f"{self.name} answers without the field {'.'.join(path)}.",
                    "See what changed in its API, or whether `api_url` leads elsewhere; a later version of dagway may know it.",
                )
            found = cast("dict[str, Any]", found)[name]
        return found


def said(answer: requests.Response) -> str:
    """An error in a line: the status, and the message where the body has one."""
    try:
        found: Any = answer.json()
        told: Any = found.get("message") or found.get("detail") or found.get("error") or ""
        # Google writes the error as an object.
        message = cast("dict[str, Any]", told).get("message", "") if isinstance(told, dict) else told
    except (ValueError, AttributeError):  # no JSON, or no object
        message = ""
    text = f"{answer.status_code} {answer.reason}" + (f", {message}" if message else "")
    return text.rstrip(".")


def _wait(answer: requests.Response, pause: float) -> float | None:
    """Seconds until the next try; None where another try would be answered the same."""
    if answer.status_code == 429 or answer.status_code == 503:
        asked = answer.headers.get("Retry-After", "")
        return float(asked) if asked.replace(".", "", 1).isdigit() else _until(asked, pause)
    return pause if answer.status_code >= 500 and answer.status_code != 501 else None


def _until(moment: str, pause: float) -> float:
    """Seconds to a moment as HTTP writes it; the pause where it is none."""
    try:
        return max(0.0, (parsedate_to_datetime(moment) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without its zone
        return pause


def _trouble(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.JSONDecodeError | requests.exceptions.ChunkedEncodingError):
        return "its answer ended half way"
    return re.sub(r"\?[^\s)'\"]*", "", str(error)).rstrip(".")


def _bare(url: str) -> str:
    """An address without its query, where a key may stand."""
    return url.partition("?")[0]
