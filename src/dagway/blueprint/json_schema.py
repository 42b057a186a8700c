"""The language as JSON Schema (draft 2020-12), so that editors complete and check a blueprint while it is written."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel

from dagway.blueprint.model import CHECK_KINDS, PARTITION_KINDS, Blueprint

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def json_schema() -> Schema:
    """The schema of a blueprint as plain data."""
    made = cast("Schema", _tidy(Blueprint.model_json_schema(by_alias=True)))
    parts: dict[str, Schema] = made["$defs"]
    _exactly_one(parts["Check"], CHECK_KINDS)
    _exactly_one(parts["Partitions"], PARTITION_KINDS)
    _exactly_one(parts["Asset"], ("sql", "python"))
    _exactly_one(parts["Sensor"], ("watch", "asset", "python"))
    parts["Alert"]["anyOf"] = [{"required": ["slack"]}, {"required": ["webhook"]}]
    return {"$schema": DRAFT, **made, "title": "Dagway blueprint"}


def schema_of(model: type[BaseModel], title: str) -> Schema:
    """The schema of another language that is read as blueprints are."""
    made = cast("Schema", _tidy(model.model_json_schema(by_alias=True)))
    return {"$schema": DRAFT, **made, "title": title}


def _exactly_one(part: Schema, keys: tuple[str, ...]) -> None:
    part["oneOf"] = [{"required": [key]} for key in keys]


def _tidy(node: Any) -> Any:
    """As the loader reads it: no other names in a mapping of names, and a number where any text may stand."""
    if isinstance(node, list):
        return [_tidy(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: _members(value) if key in {"properties", "$defs", "patternProperties"} else _tidy(value)
        for key, value in cast("Schema", node).items()
        if key != "title" and not (key == "default" and value in (None, [], {}, ""))
    }
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    if tidy.get("type") == "string" and "pattern" not in tidy and "enum" not in tidy:
        tidy["type"] = ["string", "number"]
    return tidy


def _members(mapping: Schema) -> Schema:
    """Names are kept as they are, `title` and `default` too."""
    return {name: _tidy(value) for name, value in mapping.items()}
