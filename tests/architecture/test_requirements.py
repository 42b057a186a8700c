"""What is pinned is what the package asks for, on the newest and on the lowest supported Dagster."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-lowest.txt")


def pins(lock: str) -> dict[str, set[str]]:
    """Name → pinned versions; more than one where markers choose."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            version = str(requirement.specifier).removeprefix("==")
            found.setdefault(canonicalize_name(requirement.name), set()).add(version)
    return found


def asked() -> list[Requirement]:
    """Each dependency in pyproject.toml that `tools/lock` resolves: every extra but Snowflake, and the development group."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines: list[str] = [
        *project["project"]["dependencies"],
        *(
            line
            for name, extra in project["project"]["optional-dependencies"].items()
            for line in extra
            if name != "snowflake"
        ),
        *project["dependency-groups"]["dev"],
    ]
    return [Requirement(line) for line in lines if not line.startswith("dagway[")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_within_its_range(lock: str) -> None:
    pinned = pins(lock)
    stale = [
        str(requirement)
        for requirement in asked()
        if not pinned.get(canonicalize_name(requirement.name))
        or not all(
            requirement.specifier.contains(version, prereleases=True)
            for version in pinned[canonicalize_name(requirement.name)]
        )
    ]
    assert stale == [], f"run 'make lock': {lock} does not answer pyproject.toml"


@pytest.mark.parametrize(
    ("lock", "line"), [("requirements.txt", "1.13"), ("requirements-lowest.txt", "1.12.6")]
)
def test_the_family_of_dagster_is_on_one_version(lock: str, line: str) -> None:
    pinned = pins(lock)
    core = {name for name in pinned if name.startswith("dagster") or name == "create-dagster"}
    integrations = {name for name in core if next(iter(pinned[name])).startswith("0.")}
    [version] = {version for name in core - integrations for version in pinned[name]}
    assert version.startswith(line)
    assert len({version for name in integrations for version in pinned[name]}) == 1


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    assert re.findall(r"--\S+|https?://\S+|file:\S+", (ROOT / lock).read_text(encoding="utf-8")) == []
