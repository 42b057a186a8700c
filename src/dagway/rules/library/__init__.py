"""Every rule of the catalogue that is built: one explicit list, in the catalogue's order. A module holds one rule."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import entry_points

from dagway.errors import DagwayError
from dagway.rules.rule import Rule

#: Rule ids; each lives in the module of its name, as `check`.
IDS: tuple[str, ...] = (
    "asset-kinds-missing",
    "asset-owner-missing",
    "asset-description-missing",
    "asset-group-default",
    "asset-tags-missing",
    "asset-name-verb",
    "asset-annotation-missing",
    "asset-kind-legacy",
    "asset-too-long",
    "asset-swallows-exception",
    "concurrency-tag-ignored",
    "legacy-auto-materialize",
    "private-dagster-import",
    "removed-api",
    "key-too-deep",
    "key-depth-mixed",
    "key-generic-name",
    "key-segment-case",
    "key-segment-empty",
    "key-varies-with-environment",
    "key-dbt-source-depth",
    "key-duplicate",
    "dep-undefined",
    "dbt-source-unmatched",
    "dbt-hardcoded-relation",
    "dep-unmanaged-load",
    "asset-isolated",
    "secret-literal",
    "env-file-committed",
    "env-undeclared",
    "env-read-at-import",
    "connection-at-import",
    "connection-in-asset",
    "resource-parameter-untyped",
    "resource-unbound",
    "io-at-load",
    "selection-syntax",
    "selection-wildcard",
    "selection-empty",
    "schedule-timezone-missing",
    "schedule-hardcoded-keys",
    "schedule-unpartitioned-run",
    "sensor-skip-in-generator",
    "sensor-run-key-missing",
    "automation-sensor-stopped",
    "automation-missing",
    "automation-double",
    "partition-start-dynamic",
    "partition-count-high",
    "check-missing",
    "check-orphaned",
    "freshness-missing",
    "component-not-resolvable",
    "component-secret-env-name",
    "component-io-in-build-defs",
    "component-file-legacy",
    "component-unregistered",
    "template-unresolved",
    "definitions-manual",
    "layer-inverted",
    "test-missing",
    "test-load-missing",
    "test-asserts-success-only",
    "definitions-unloadable",
    "unused-ignore",
)
#: Where other packages register rules of their own: name → an object made by `dagway.rules.rule.rule`.
ENTRY_POINTS = "dagway.rules"


@cache
def library() -> Sequence[Rule]:
    """Dagway's own rules, and those of installed packages.

    Raises:
        DagwayError: a registered rule cannot be imported, is no rule, or takes an id that is taken.
    """
    rules = {identity: _own(identity) for identity in IDS}
    for entry in entry_points(group=ENTRY_POINTS):
        foreign = _foreign(entry.name, entry.load)
        if foreign.id in rules:
            raise DagwayError(
                f"the entry point {entry.name!r} registers the rule {foreign.id!r}, which is there already",
                "Give the rule an id of its own.",
            )
        rules[foreign.id] = foreign
    return tuple(rules.values())


def _own(identity: str) -> Rule:
    return importlib.import_module(f"{__name__}.{identity.replace('-', '_')}").check


def _foreign(name: str, load: Callable[[], object]) -> Rule:
    where = f"the entry point {name!r} in {ENTRY_POINTS!r}"
    try:
        loaded = load()
    except Exception as error:
        raise DagwayError(
            f"{where} cannot be loaded: {type(error).__name__}: {error}", "Mend or uninstall its package."
        ) from error
    if not isinstance(loaded, Rule):
        raise DagwayError(
            f"{where} is no rule", "Let it name a function decorated with dagway.rules.rule.rule."
        )
    return loaded
