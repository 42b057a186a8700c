"""An asset selection that must select something."""

from collections.abc import Set as AbstractSet
from typing import Any

import dagster as dg
from dagster import AssetKey, AssetSelection


class NonEmptySelection(AssetSelection):
    """The materializable assets of another selection; none of them is an error, when the definitions load.

    Dagster builds a job of no assets without a word. `resolve_inner` is the method that every selection of Dagster
    implements and that its documentation does not name.
    """

    def __init__(self, selection: AssetSelection, text: str, where: str) -> None:
        self.selection: Any = selection
        self.text = text
        self.where = where

    def resolve_inner(self, asset_graph: Any, allow_missing: bool) -> AbstractSet[AssetKey]:
        found = self.selection.resolve_inner(asset_graph, allow_missing)
        selected = {key for key in found if key in asset_graph.materializable_asset_keys}
        if not selected:
            raise dg.DagsterInvalidDefinitionError(
                f"{self.where}: the selection {self.text!r} selects no asset. Correct it, or give the assets the tags,"
                " groups or owners that it names."
            )
        return selected

    def resolve_checks_inner(self, asset_graph: Any, allow_missing: bool) -> Any:
        return self.selection.resolve_checks_inner(asset_graph, allow_missing)

    def to_serializable_asset_selection(self, asset_graph: Any) -> AssetSelection:
        return AssetSelection.assets(*self.resolve_inner(asset_graph, allow_missing=True))

    def to_selection_str(self) -> str:
        return self.text
