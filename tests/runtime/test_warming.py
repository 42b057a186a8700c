"""The server behind a code server, in parts: the words that it is started with, and an image that cannot be made."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import errno
import logging
import subprocess
import sys
from collections.abc import Sequence

import pytest

from dagway.runtime import code_server, image, safety
from dagway.runtime.__main__ import options_in

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "options",
    [
        ["-m", "api"],
        ["-m", "shop", "--location-name", "grpc"],
        ["-m", "api", "grpc"],
        ["--location-name", "api", "-m", "grpc"],
    ],
)
@pytest.mark.parametrize("flags", [[], ["--enable-metrics"]])
def test_a_module_or_location_may_be_named_like_the_command(
    options: Sequence[str], flags: Sequence[str]
) -> None:
    assert options_in([*flags, "api", "grpc", *options]) == [*flags, *options]


def watched() -> safety.ThreadWatch:
    watch = safety.ThreadWatch()
    watch.start()
    return watch


def works(*_: object) -> None: ...


def fails(*_: object) -> None:
    raise OSError(errno.EAGAIN, "no process more")


@pytest.mark.parametrize("where", ["the preparation", "the look for obstacles", "the fork"])
def test_a_location_whose_image_cannot_be_made_serves_and_says_so(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(code_server, "prepare", works)
    monkeypatch.setattr(safety, "obstacles", works)
    monkeypatch.setattr(code_server.warm_definitions, "keep", works)
    target, name = {
        "the preparation": (code_server, "prepare"),
        "the look for obstacles": (safety, "obstacles"),
        "the fork": (image, "start"),
    }[where]
    monkeypatch.setattr(target, name, fails)
    with caplog.at_level(logging.ERROR, logger="dagster.code_server"):
        assert code_server._warm((), None, watched(), 0) is None
    assert "Runs start cold: making the warm image failed" in caplog.text
    assert "no process more" in caplog.text


# In a process of its own: a fork of the tests' has what they left open.
IMAGE = """
import sys, threading
from dagster import DagsterInstance
from dagway._dagster import reuse
from dagway.runtime import code_server

def ask(_):
    if sys.argv[1] == "leaves":
        threading.Thread(target=threading.Event().wait, daemon=True).start()

code_server.rehearsal.rehearse = lambda: None
code_server.rehearsal.open_once = ask
with DagsterInstance.ephemeral() as instance:
    code_server.rehearse(reuse.Storages(), instance)
"""


@pytest.mark.parametrize(("leaves", "code"), [("leaves", 1), ("nothing", 0)])
def test_an_image_whose_storage_leaves_a_thread_ends(leaves: str, code: int) -> None:
    ended = subprocess.run([sys.executable, "-c", IMAGE, leaves], capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stderr
    assert ("asking the instance's storage left the thread" in ended.stderr) == (leaves == "leaves"), (
        ended.stderr
    )
