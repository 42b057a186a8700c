from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagway.project.model import Asset, Duplicate, Key, slash
from dagway.rules.loaded import LoadedWorkspace
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("key-duplicate", severity="error", kind="L")
def check(workspace: LoadedWorkspace) -> Iterable[Problem]:
    """One key is defined twice.

    What
        Two definitions compute assets of the same key: in one code location, also where Dagster refuses to load because
        of it, or in two locations of the workspace. A source asset that hides the asset of its own location counts too.

    Why
        In one location Dagster refuses to load, or leaves out one of the two without a word. In two locations both write
        the same table, and what depends on it cannot say which one is meant.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(key="orders")
        def from_shop() -> None: ...


        @dg.asset(key="orders")
        def from_bank() -> None: ...


        defs = dg.Definitions(assets=[from_shop, from_bank])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["shop", "orders"])
        def from_shop() -> None: ...


        @dg.asset(key=["bank", "orders"])
        def from_bank() -> None: ...


        defs = dg.Definitions(assets=[from_shop, from_bank])

    Source
        "Duplicate keys: multiple components creating same key; ensure unique prefixes".
    """
    for duplicate in _known(workspace):
        yield from _within(workspace, duplicate)
    definitions: dict[Key, list[tuple[str, Asset]]] = {}
    for location in workspace.locations:
        for repository in location.repositories:
            for asset in (asset for asset in repository.assets if asset.materializable):
                definitions.setdefault(asset.key, []).append((location.project.name, asset))
    for key, found in definitions.items():
        yield from _across(workspace, key, found)


def _known(workspace: LoadedWorkspace) -> Iterator[Duplicate]:
    """What kept a location from loading, and what Dagster left out without a word."""
    yield from (failure.duplicate for failure in workspace.failures if failure.duplicate)
    yield from (duplicate for location in workspace.locations for duplicate in location.project.hidden)


def _within(workspace: LoadedWorkspace, duplicate: Duplicate) -> Iterator[Problem]:
    name, (first, *others) = slash(duplicate.key), duplicate.positions or (None,)
    if first and others:
        message = f"the key {name} is defined twice, also at {first.to_json(workspace.root)}"
    else:
        message = f"the key {name} is defined more than once"
    for position in others or [first]:
        yield workspace.problem(position, message, _REMEDY, about=name)


def _across(workspace: LoadedWorkspace, key: Key, found: list[tuple[str, Asset]]) -> Iterator[Problem]:
    (name, first), *others = found
    for other, asset in others:
        # Several old repositories of one location may share an asset.
        if other == name and asset.position == first.position:
            continue
        place = f" at {first.position.to_json(workspace.root)}" if first.position else ""
        where = f", also{place}" if other == name else f" in two code locations: {other}, and {name}{place}"
        message = f"the key {slash(key)} is defined" + (" twice" if other == name else "") + where
        yield workspace.problem(asset.position, message, _REMEDY, about=slash(key))


_REMEDY = "Give each a key of its own, such as one with a prefix, or define it once and depend on it"
