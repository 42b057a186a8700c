"""What is pinned is what the package asks for, on the newest and on the lowest supported Dagster."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
USUAL = ("postgres", "objects", "mysql", "demo")
LOCKS = {
    "requirements.txt": (USUAL, "dev"),
    "requirements-lowest.txt": (USUAL, "dev"),
    "requirements-integrations.txt": (None, "integrations"),
}
"""What `tools/lock` resolves into each: the extras, None for all, and the group."""


def pins(lock: str) -> dict[str, set[str]]:
    """Name → pinned versions; more than one where markers choose."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            version = str(requirement.specifier).removeprefix("==")
            found.setdefault(canonicalize_name(requirement.name), set()).add(version)
    return found


def asked(extras: Sequence[str] | None, group: str) -> list[Requirement]:
    """Each dependency of some extras, of all if None, and of a group, in pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional: dict[str, list[str]] = project["project"]["optional-dependencies"]
    lines = [
        *project["project"]["dependencies"],
        *(line for name in extras or optional for line in optional[name]),
        *(line for line in project["dependency-groups"][group] if isinstance(line, str)),
    ]
    return [Requirement(line) for line in lines if not line.startswith("dagway[")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_within_its_range(lock: str) -> None:
    pinned = pins(lock)
    stale = [
        str(requirement)
        for requirement in asked(*LOCKS[lock])
        if not pinned.get(canonicalize_name(requirement.name))
        or not all(
            requirement.specifier.contains(version, prereleases=True)
            for version in pinned[canonicalize_name(requirement.name)]
        )
    ]
    assert stale == [], f"run 'make lock': {lock} does not answer pyproject.toml"


@pytest.mark.parametrize(
    ("lock", "line"),
    [
        ("requirements.txt", "1.13"),
        ("requirements-lowest.txt", "1.12.6"),
        ("requirements-integrations.txt", "1.13"),
    ],
)
def test_the_family_of_dagster_is_on_one_version(lock: str, line: str) -> None:
    pinned = pins(lock)
    # dagster-ray is somebody else's, and counts its versions by itself.
    family = pinned.keys() - {"dagster-ray"}
    core = {name for name in family if name.startswith("dagster") or name == "create-dagster"}
    integrations = {name for name in core if next(iter(pinned[name])).startswith("0.")}
    [version] = {version for name in core - integrations for version in pinned[name]}
    assert version.startswith(line)
    assert len({version for name in integrations for version in pinned[name]}) == 1


def test_the_lowest_obstore_is_tested() -> None:
    """Object stores are read and written on it by the tests of components: a lower bound that is not tried is a guess."""
    [requirement] = [one for one in asked(("objects",), "dev") if one.name == "obstore"]
    [bound] = requirement.specifier
    assert bound.operator == ">="
    assert pins("requirements-lowest.txt")["obstore"] == {f"{bound.version}.0"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    assert re.findall(r"--\S+|https?://\S+|file:\S+", (ROOT / lock).read_text(encoding="utf-8")) == []
