"""What tests of Dagster's inside share."""

# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dagster._core.storage import sql

from dagway._dagster import reuse


@pytest.fixture
def storages(monkeypatch: pytest.MonkeyPatch) -> Iterator[reuse.Storages]:
    """Storages that are reused until the test ends, or `monkeypatch.undo()`: then they are stock again."""
    for storage in reuse.STORAGES:
        for name in ("create_engine", "check_alembic_revision"):
            monkeypatch.setattr(storage, name, vars(storage)[name])
    monkeypatch.setattr(sql, "ScriptDirectory", sql.ScriptDirectory)
    found = reuse.Storages()
    found.reuse()
    yield found
    found.close()
