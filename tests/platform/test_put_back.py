"""A deployment that is broken off, or whose version does not load: what is served then, without a platform."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served_platform import project

from dagway.errors import DagwayError
from dagway.platform import deploy as module
from dagway.platform.deploy import deploy
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.state import fresh
from dagway.platform.versions import Versions


class Webserver:
    """What it answers to each reload, and what was served at each."""

    def __init__(self, versions: Versions) -> None:
        self.answers: list[str | Callable[[], Any]] = []
        self.served: list[str] = []
        self._versions = versions

    def reload(self, _url: str, _name: str) -> str:
        current = self._versions.current
        self.served.append(current.name if current else "")
        answer = self.answers.pop(0)
        return answer if isinstance(answer, str) else answer()


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Versions:
    """A platform that is up on `one`; `zero` was served before it."""
    for name in ("zero", "one", "two"):
        project(tmp_path / name)
    (tmp_path / "platform.yaml").write_text("platform: 1\nlocations: [{path: one, name: shop}]\n")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    home = Home.of(tmp_path, None, {})
    home.make()
    fresh("http://127.0.0.1:1", "embedded", home).write(home)
    found = Versions.of(home, "shop")
    found.begin(tmp_path / "one")
    found.switch(tmp_path / "one", tmp_path / "zero")
    return found


@pytest.fixture
def webserver(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> Webserver:
    found = Webserver(versions)
    monkeypatch.setattr(module, "reload", found.reload)

    def nothing(*_words: object) -> dict[str, str]:
        return {}

    for name in ("_ask", "_environment", "_try"):
        monkeypatch.setattr(module, name, nothing)
    return found


def is_as_before(versions: Versions) -> bool:
    folders = (versions.current, versions.previous)
    return [folder.name for folder in folders if folder] == ["one", "zero"]


def put(root: Path) -> None:
    deploy(find(root), root / "two", None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_one_that_is_broken_off_is_put_back(
    tmp_path: Path, versions: Versions, webserver: Webserver, number: signal.Signals
) -> None:
    def end() -> str:
        os.kill(os.getpid(), number)
        raise AssertionError("nobody has heard it")

    def again() -> str:
        # Who has no patience breaks off nothing any more.
        os.kill(os.getpid(), number)
        return ""

    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        webserver.answers += [end, again]
        with pytest.raises((SystemExit, KeyboardInterrupt)):
            put(tmp_path)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert webserver.served == ["two", "one"]
    assert is_as_before(versions)


def test_what_does_not_load_is_put_back_to_the_end(
    tmp_path: Path, versions: Versions, webserver: Webserver
) -> None:
    def again() -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return ""

    webserver.answers += ["NameError: nothing", again]
    with pytest.raises(DagwayError, match=r"two did not load .* and .*one is served again: NameError"):
        put(tmp_path)
    assert is_as_before(versions)


@pytest.mark.parametrize("broken", ["ValueError: it has loaded before", OSError("the answer broke off")])
def test_that_it_is_served_again_is_said_only_where_it_is(
    tmp_path: Path, versions: Versions, webserver: Webserver, broken: str | OSError
) -> None:
    def again() -> str:
        if isinstance(broken, str):
            return broken
        raise broken

    webserver.answers += ["NameError: nothing", again]
    with pytest.raises(DagwayError) as raised:
        put(tmp_path)
    assert "is served again" not in raised.value.message
    assert "two did not load behind the platform: NameError: nothing" in raised.value.message
    assert f"one is in its place again, but did not load either: {broken}"[:50] in raised.value.message
    assert str(broken) in raised.value.message
    assert "dagway logs shop" in raised.value.remedy
    assert is_as_before(versions)
