"""What stands in a component's own folder and below, as its definitions.

Dagster descends into a folder only where its `defs.yaml` is of its own `DefsFolderComponent`. So the declarations are built
here, as Dagster builds those, and given to its component tree, which then loads them as any other.
"""

from typing import Any, cast

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster.components.core import decl


def definitions_below(context: dg.ComponentLoadContext) -> dg.Definitions:
    """The definitions of the files and folders beside the component's `defs.yaml`, merged."""
    declared: dict[Any, Any] = cast("Any", decl).build_component_decls_from_directory_items(context, None)
    for found in declared.values():
        _give(context.component_tree, found)
    return dg.Definitions.merge(*(context.build_defs(_place(found)) for found in declared.values()))


def _give(tree: Any, found: Any) -> None:
    """Make declarations known to the tree, those below first. Dagster 1.12 asks it for components, not for declarations."""
    by_path = getattr(found, "iterate_path_component_decl_pairs", None)
    pairs = by_path() if by_path else found.iterate_loc_component_decl_pairs()
    for place, one in reversed(list(pairs)):
        component = {"component": one._load_component()} if by_path else {}
        tree.state_tracker.set_cache_data(place, component_decl=one, **component)


def _place(found: Any) -> Any:
    """Where a declaration stands, which Dagster 1.12 calls its path."""
    return found.loc if hasattr(found, "loc") else found.path


def asset_graph(defs: dg.Definitions) -> Any:
    """The graph of the assets, for selections; what they need of resources, other files may define."""
    assets = (
        dg.AssetsDefinition(specs=[one]) if isinstance(one, dg.AssetSpec) else one
        for one in defs.assets or ()
    )
    return AssetGraph.from_assets(
        [one for one in assets if isinstance(one, dg.AssetsDefinition | dg.SourceAsset)]
    )


def keys_of(selection: dg.AssetSelection, graph: Any) -> set[dg.AssetKey]:
    """The keys that a selection has in a graph."""
    found: Any = selection
    return set(found.resolve(graph))
