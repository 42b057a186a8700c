"""Wrong passwords: told without the password, answered later, and only so many at a time."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from asgi_requests import PASSED, asked, webserver

from dagway._dagster.login import (
    KEY_FILE,
    LATER,
    MOST,
    PASSWORD,
    USER,
    Login,
    headers,
    own_headers,
    own_key,
    without,
)

pytestmark = pytest.mark.unit
LOG_IN = {USER: "jo", PASSWORD: "correct horse"}
RIGHT, WRONG = headers(LOG_IN), headers({**LOG_IN, PASSWORD: "incorrect horse"})
#: Seconds that nobody waits for.
FOREVER = 3600.0


def login(later: float) -> Login:
    return Login(webserver, RIGHT["Authorization"], later)


def test_a_wrong_password_is_told_without_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "dagster-webserver"):
        for sent, expected in ((RIGHT, PASSED), ({}, 401), (WRONG, 401)):
            assert asyncio.run(asked(login(0.0), sent))["status"] == expected
    assert [record.getMessage() for record in caplog.records] == [
        "A wrong user or password came from 10.0.0.7."
    ]


def test_who_sends_none_is_asked_at_once_and_who_sends_a_wrong_one_later() -> None:
    async def scene() -> None:
        asks = login(FOREVER)
        assert (await asked(asks, {}))["status"] == 401
        guess = asyncio.create_task(asked(asks, WRONG))
        await asyncio.sleep(0)
        assert not guess.done()
        # Meanwhile others are answered, of the same address too.
        for client in ("10.0.0.7", "10.0.0.8"):
            assert (await asked(asks, RIGHT, client=client))["status"] == PASSED
        guess.cancel()

    asyncio.run(scene())
    assert LATER > 0


def test_so_many_guesses_wait_at_a_time_and_of_more_nobody_learns_anything() -> None:
    async def scene() -> None:
        asks = login(FOREVER)
        guesses = [asyncio.create_task(asked(asks, WRONG)) for _ in range(MOST)]
        await asyncio.sleep(0)
        assert not any(guess.done() for guess in guesses)
        for sent in (WRONG, RIGHT):
            assert (await asyncio.wait_for(asked(asks, sent), 10))["status"] == 429
        assert (await asked(asks, RIGHT, kind="websocket"))["type"] == "websocket.close"
        assert (await asked(asks, RIGHT, client="10.0.0.8"))["status"] == PASSED
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
        assert (await asked(asks, RIGHT))["status"] == PASSED
        # Addresses that nobody waits at any more are forgotten.
        assert not asks._waiting  # pyright: ignore[reportPrivateUsage]

    asyncio.run(scene())


def test_the_platforms_own_key_passes_while_others_guess(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("a-long-random-word\n")
    known = {**LOG_IN, KEY_FILE: str(path)}
    own, guessed = own_headers(known), {"Authorization": "Bearer another"}
    assert own != RIGHT

    async def scene() -> None:
        asks = Login(webserver, RIGHT["Authorization"], FOREVER, own_key(known))
        guesses = [asyncio.create_task(asked(asks, one)) for one in [WRONG, guessed] * (MOST // 2)]
        await asyncio.sleep(0)
        assert not any(guess.done() for guess in guesses)
        assert (await asyncio.wait_for(asked(asks, RIGHT), 10))["status"] == 429
        for kind in ("http", "websocket"):
            passed = await asyncio.wait_for(asked(asks, own, kind=kind), 10)
            assert passed.get("status", PASSED) == PASSED
            assert passed["type"] != "websocket.close"
        assert (await asyncio.wait_for(asked(asks, guessed), 10))["status"] == 429
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)

    asyncio.run(scene())
    assert KEY_FILE not in without(known)
    # Where there is none, or it is another user's, the password is sent.
    path.unlink()
    assert own_headers(known) == RIGHT
    path.mkdir()
    assert own_headers(known) == RIGHT


def test_without_a_key_none_passes() -> None:
    asks = login(0.0)
    for sent in ("", "Bearer ", "Bearer"):
        assert asyncio.run(asked(asks, {"Authorization": sent}))["status"] == 401
