"""How attributes are read from YAML: text stays as written, and only a string with braces is a template.

Dagster renders every string as a native Jinja template, which also turns the text `123` into a number.
"""

from collections.abc import Mapping
from typing import Any, cast

import dagster as dg
from pydantic import BaseModel


def text(description: str, **extra: Any) -> dg.Resolver:
    """A field of text."""
    return dg.Resolver(_as_text, inject_before_resolve=False, description=description, **extra)


def plain(description: str, model: Any) -> dg.Resolver:
    """A field of plain data, which `model` describes for the schema."""
    return dg.Resolver(rendered, inject_before_resolve=False, model_field_type=model, description=description)


def rendered(context: Any, value: Any) -> Any:
    """The value as plain data, with every template in it replaced by what it gives."""
    match value:
        case BaseModel():
            return rendered(context, value.model_dump(exclude_unset=True, by_alias=True))
        case str():
            return context.resolve_value(value) if "{{" in value or "{%" in value else value
        case Mapping():
            items = cast("Mapping[str, Any]", value).items()
            return {key: rendered(context, inner) for key, inner in items}
        case list() | tuple():
            return [rendered(context, inner) for inner in cast("list[Any]", value)]
        case _:
            return value


def _as_text(context: dg.ResolutionContext, value: Any) -> str | None:
    found = rendered(context, value)
    return found if found is None else str(found)
