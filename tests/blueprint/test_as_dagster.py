"""What the language takes, Dagster takes: its rules are written down again in the language, which does without Dagster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway.blueprint.load import BlueprintErrors, load_text

TEXTS = ("a", "A_b-c.d", "a b", "a&b", "ä", "a/b", "a/b/c", "/a", "a:b", "1", "x" * 63, "x" * 64, "...", "")
OWNERS = (
    "team:data-eng",
    "team:",
    "bob",
    "bob@example.com",
    "b.o+b@mail.example.museum",
    "bob@localhost.x",
    "bob@example.longestdomain",
    "bob@exa_mple.com",
    ".bob@example.com",
    "bob@example.c0m",
    "böb@example.com",
)
PARTS = ("a", "a b", "a..b", "a...b", "...", "ä", "a/b")


def is_taken(make: Callable[[], object]) -> bool:
    try:
        make()
    except dg.DagsterError:
        return False
    return True


def with_kind(kind: str) -> None:
    @dg.asset(kinds={kind})
    def a() -> None: ...

    del a


def loads(folder: Path, asset: dict[str, Any]) -> bool:
    import yaml

    written = {"sql": "select 1 as x", **asset}
    text = yaml.safe_dump({"blueprint": 1, "name": "small", "assets": {"a/b": written}}, allow_unicode=True)
    try:
        load_text(text, folder / "blueprint.yaml")
    except BlueprintErrors:
        return False
    return True


@pytest.mark.parametrize("text", TEXTS)
def test_tags_and_kinds(text: str, tmp_path: Path) -> None:
    assert loads(tmp_path, {"tags": {"key": text}}) == is_taken(lambda: dg.AssetSpec("a", tags={"key": text}))
    assert loads(tmp_path, {"tags": {text: "x"}}) == is_taken(lambda: dg.AssetSpec("a", tags={text: "x"}))
    assert loads(tmp_path, {"kinds": [text]}) == is_taken(lambda: with_kind(text))


@pytest.mark.parametrize("owner", OWNERS)
def test_owners(owner: str, tmp_path: Path) -> None:
    assert loads(tmp_path, {"owners": [owner]}) == is_taken(lambda: dg.AssetSpec("a", owners=[owner]))


@pytest.mark.parametrize("part", PARTS)
def test_parts(part: str, tmp_path: Path) -> None:
    asset = {"partitions": {"static": [part]}, "incremental": {"column": "x"}}
    assert loads(tmp_path, asset) == is_taken(lambda: dg.StaticPartitionsDefinition([part]))
