"""The browser in which tests look at pages."""

from __future__ import annotations

import os
import shutil

import pytest


def chromium() -> str:
    """Its path; on CI a missing one fails the test, elsewhere it skips it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "there is no Chromium to look at the page with"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
