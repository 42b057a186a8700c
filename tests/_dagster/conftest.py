"""What tests of Dagster's inside share."""

# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from dagster._core.storage import sql

from dagway._dagster import postgres_engines, reuse


@pytest.fixture
def storages(monkeypatch: pytest.MonkeyPatch) -> Iterator[reuse.Storages]:
    """Storages that are reused until the test ends, or `monkeypatch.undo()`: then they are stock again."""
    for storage in reuse.STORAGES:
        for name in ("create_engine", "check_alembic_revision"):
            monkeypatch.setattr(storage, name, vars(storage)[name])
    for name in ("ScriptDirectory", "create_engine"):
        monkeypatch.setattr(sql, name, vars(sql)[name])
    for name in postgres_engines.MODULES:
        # Imported later it would keep what is put there now.
        module = importlib.import_module(name)
        if "create_engine" in vars(module):
            monkeypatch.setattr(module, "create_engine", vars(module)["create_engine"])
    found = reuse.Storages()
    found.reuse()
    yield found
    found.close()
