"""`dagway simulate` as a process: it answers until it is ended."""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from dagway.simulators.by_hand import run, vendors

pytestmark = pytest.mark.integration


def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=5) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dagway", "simulate", *arguments]


def test_it_serves_until_it_is_interrupted() -> None:
    with subprocess.Popen(command("fivetran"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        told = [process.stdout.readline().strip() for _ in range(4)]
        login = base64.b64encode(b"demo_key:demo_secret").decode()
        found = get(f"{address}/v1/groups", {"Authorization": f"Basic {login}"})
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0

    assert found[0] == 200
    assert "api_key: demo_key" in told
    assert "api_secret: demo_secret" in told
    with pytest.raises(urllib.error.URLError):
        get(f"{address}/v1/groups")


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            command("slack", "--port", str(port)), capture_output=True, text=True, timeout=30
        )

    assert done.returncode == 2
    assert f"Port {port} cannot be served" in done.stderr


@pytest.mark.parametrize("vendor", vendors())
def test_every_vendor_runs_and_says_what_it_covers(vendor: str) -> None:
    with run(vendor) as running:
        assert "://127.0.0.1:" in running.address
        assert running.covers
        assert running.variable == f"DAGWAY_DEMO_{vendor.upper().replace('-', '_')}_URL"
        json.dumps(dict(running.credentials))
