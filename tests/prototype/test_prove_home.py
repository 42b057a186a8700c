"""The variables that a proof runs with."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.prototype.prove.home import environment_of


def test_a_proof_has_the_file_after_the_environment_and_no_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SHOP_A=file\nSHOP_B=${SHOP_A}\nDAGWAY_LOGIN_USER=jo\n")
    for name in ("DAGWAY_ENVIRONMENT", "DAGWAY_LOGIN_USER", "SHOP_B"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHOP_A", "shell")
    monkeypatch.setenv("DAGWAY_LOGIN_PASSWORD", "hunter22")
    found = environment_of(tmp_path, demo=False)
    assert (found["SHOP_A"], found["SHOP_B"]) == ("shell", "shell")
    assert [name for name in found if "LOGIN" in name] == []
    monkeypatch.setenv("DAGWAY_ENVIRONMENT", "production")
    assert "SHOP_B" not in environment_of(tmp_path, demo=False)
