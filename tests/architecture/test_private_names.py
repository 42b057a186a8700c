"""Private names of Dagster: imported in one package, and each still there in the installed version."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "dagway"
HOME = SOURCE / "_dagster"


def imported(path: Path) -> Iterator[tuple[str, str | None]]:
    """Each module that a file imports, with the name taken from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, None) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((module, alias.name) for alias in names)
            case _:
                pass


def is_private(module: str, name: str | None) -> bool:
    """Whether it is below Dagster and any part of its path starts with one underscore."""
    parts = [*module.split("."), *([name] if name else [])]
    return parts[0].startswith("dagster") and any(part.startswith("_") for part in parts[1:])


def private_names(folder: Path) -> list[tuple[str, str | None]]:
    found = {one for path in folder.rglob("*.py") for one in imported(path) if is_private(*one)}
    return sorted(found, key=str)


def test_private_names_are_imported_in_one_package() -> None:
    elsewhere = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in SOURCE.rglob("*.py")
        if not path.is_relative_to(HOME)
        for module, name in imported(path)
        if is_private(module, name)
    ]
    assert elsewhere == []


@pytest.mark.parametrize(("module", "name"), private_names(HOME))
def test_private_name_is_still_there(module: str, name: str | None) -> None:
    loaded = importlib.import_module(module)
    # A submodule is no attribute of its package before it is imported.
    assert name is None or hasattr(loaded, name) or find_spec(f"{module}.{name}"), (
        f"Dagster moved {module}.{name}"
    )


def test_the_rule_sees_what_it_should() -> None:
    assert is_private("dagster._core.definitions", "AssetsDefinition")
    assert is_private("dagster", "_core")
    assert not is_private("dagster.components", "Component")
    assert not is_private("dagway._dagster.repository", "load")
