"""Answers of a vendor's API that are no JSON, and a pause that is written as a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from dagway.components.vendor_api import Vendor
from dagway.errors import DagwayError
from dagway.simulators.receiver import Answer, Request, serve

OK = Answer(200, '{"rows": 1}')


def asked(answers: Sequence[Answer], vendor: Vendor) -> tuple[object, list[Request]]:
    """What comes of a request to a server that gives these answers, the last one for ever."""
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return answers[min(len(seen), len(answers)) - 1]

    with serve(answer, methods=("GET",)) as url:
        try:
            return vendor.checked(vendor.ask("GET", url)), seen
        except DagwayError as error:
            return str(error), seen


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, "<html>Log in</html>", kind="text/html; charset=utf-8"), "with a page of text/html"),
        (Answer(204, ""), "without content"),
    ],
    ids=["a_page", "nothing"],
)
def test_what_is_no_json_is_told_at_once(answer: Answer, said: str) -> None:
    found, seen = asked([answer, OK], Vendor("The shop", "its token"))

    assert said in str(found)
    assert len(seen) == 1


def test_a_moment_to_ask_again_is_understood() -> None:
    later = {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}
    before = {"Retry-After": format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)}

    refused, once = asked([Answer(429, "{}", later), OK], Vendor("The shop", "its token"))
    given, twice = asked([Answer(429, "{}", before), OK], Vendor("The shop", "its token"))

    assert "gave no answer" in str(refused)
    assert (len(once), given, len(twice)) == (1, {"rows": 1}, 2)
