"""The fields of a component, as its schema has them."""

from typing import Any

from dagster.components.resolved.core_models import AssetAttributesModel

DAGSTERS = {AssetAttributesModel.__name__, *AssetAttributesModel.model_json_schema()["$defs"]}


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    """The fields of a component and of the classes beneath it that are not Dagster's own."""
    own = dict(schema.get("properties", {}))
    for name, inner in schema.get("$defs", {}).items():
        if name not in DAGSTERS:
            own.update({f"{name}.{field}": value for field, value in inner.get("properties", {}).items()})
    return own
