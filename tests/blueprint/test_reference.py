"""The page and the JSON Schema say what the loader does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dagway.blueprint.composer import compose
from dagway.blueprint.json_schema import json_schema
from dagway.blueprint.load import BlueprintErrors, load_text
from dagway.blueprint.page import Page
from dagway.blueprint.reference import page
from dagway.blueprint.scalar import plain
from dagway.blueprint.tree import values

EXAMPLES = Path(__file__).parent / "examples"
PAGE = Path(__file__).parents[2] / "docs" / "blueprint.md"
HEAD = "blueprint: 1\nname: small\n"


def test_the_page_is_what_the_model_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "stale: python -m dagway.blueprint.reference docs/blueprint.md"
    )


def problems(text: str) -> list[str]:
    root = compose(Page(Path("blueprint.yaml"), text))
    assert root is not None
    validator: Any = Draft202012Validator(json_schema())
    return [error.message for error in validator.iter_errors(plain(values(root)))]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", ["sales.yaml", "everything.yaml"])
def test_the_schema_accepts_what_the_loader_accepts(name: str) -> None:
    assert problems((EXAMPLES / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "assets: {a/b: {sql: select 1, chekcs: []}}",
        "assets: {b: {sql: select 1}}",
        "assets: {a/b: {sql: select 1, python: a.py:f}}",
        "assets: {a/b: {description: none}}",
        "assets: {a/b: {sql: select 1, checks: [{unique: a, not_null: b}]}}",
        "assets: {a/b: {sql: select 1, materialized: veiw}}",
        "assets: {a/b: {sql: select 1, freshness: 36 hours}}",
        "alerts: {a: {when: run_failure}}",
        "sources: {shop: {tables: [a]}}",
        "owners: [bob]",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    assert problems(HEAD + text)
    with pytest.raises(BlueprintErrors):
        load_text(HEAD + text, Path("blueprint.yaml"))


def test_every_key_of_the_schema_tells_what_it_means() -> None:
    schema: dict[str, Any] = json_schema()
    silent = [
        f"{name}.{key}"
        for name, part in {"Blueprint": schema, **schema["$defs"]}.items()
        for key, field in part["properties"].items()
        if not field.get("description")
    ]
    assert silent == []
