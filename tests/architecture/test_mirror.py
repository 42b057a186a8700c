"""Tests stand where their subject stands: `src/dagway/a/b` is tested in `tests/a/b`, and `bench` in `tests/bench`."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "dagway"
TESTS = ROOT / "tests"
#: Folders whose subject is the whole: how it is cut, the way through it, what needs every integration, what tests share.
OF_THE_WHOLE = {"architecture", "e2e", "integrations", "support"}


def folders_with_tests() -> list[Path]:
    found = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    return sorted(folder for folder in found if folder.parts and folder.parts[0] not in OF_THE_WHOLE)


def packages() -> list[str]:
    return sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))


@pytest.mark.parametrize("folder", folders_with_tests(), ids=str)
def test_a_folder_of_tests_has_its_subject(folder: Path) -> None:
    subject = SOURCE / folder
    assert subject.is_dir() or subject.with_suffix(".py").is_file() or (ROOT / folder).is_dir()


@pytest.mark.parametrize("package", packages())
def test_a_package_has_tests(package: str) -> None:
    assert list((TESTS / package).rglob("test_*.py"))
