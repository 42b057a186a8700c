"""The local S3 server."""

from __future__ import annotations

import urllib.request

import pytest

from dagway.simulators.object_store import demo_s3

pytestmark = pytest.mark.integration


def test_demo_mode_uses_the_given_server_or_its_own(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGWAY_DEMO_S3_URL", s3_url)
    with demo_s3() as address:
        assert address == s3_url

    monkeypatch.delenv("DAGWAY_DEMO_S3_URL")
    with demo_s3() as address:
        assert address != s3_url
        with urllib.request.urlopen(
            urllib.request.Request(f"{address}/bucket", method="PUT"), timeout=5
        ) as found:
            assert found.status == 200
