"""Rules on the warehouse: what it needs, and settings that nothing takes, which would be dropped without a word."""

from __future__ import annotations

from collections.abc import Iterator

from dagway.blueprint.outline import section
from dagway.blueprint.page import Page
from dagway.blueprint.tree import Entry, Mapping, text_of
from dagway.blueprint.words import did_you_mean

SETTINGS = {
    "duckdb": ("database", "patience"),
    "postgres": ("connection", "connect_timeout", "statement_timeout"),
    "snowflake": (
        "account",
        "user",
        "password",
        "private_key_file",
        "authenticator",
        "database",
        "warehouse",
        "role",
        "connect_timeout",
        "statement_timeout",
    ),
}
"""What the resource of each kind of warehouse takes."""
ADDRESSED = frozenset({"postgres", "redshift", "mysql", "mssql"})
"""Databases that a connection's address reaches."""
ENV = "\"{{ env('NAME') }}\""
_DEFAULT = "duckdb"


def check_warehouse(root: Mapping, page: Page) -> None:
    """Note that the warehouse lacks an address."""
    entry = root.get("warehouse")
    if entry is None or not isinstance(entry.node, Mapping):
        return
    if text_of(entry.node.get("integration")) in ADDRESSED and not entry.node.get("connection"):
        page.mistake(entry.at, "the warehouse needs `connection`", f"write `connection: {ENV}`")


def check_warehouse_settings(root: Mapping, page: Page) -> None:
    """Note every setting that no resource takes. Of an environment only what its own lines say: what stands outside is
    another warehouse's where the environment names another kind; so that kind needs a database of its own.
    """
    _check_databases(root, page)
    for kind, written in _warehouses(root):
        takes = SETTINGS.get(kind)
        for key, entry in written.entries.items():
            if takes and key != "integration" and key not in takes:
                page.mistake(
                    (entry.key.line, entry.key.column),
                    f"a warehouse of the kind {kind} has no setting `{key}`",
                    f"{did_you_mean(key, takes)}it takes: {', '.join(takes)}",
                )


def _check_databases(root: Mapping, page: Page) -> None:
    base = root.get("warehouse")
    if base is None or not isinstance(base.node, Mapping) or not base.node.get("database"):
        return
    default = _kind(base.node) or _DEFAULT
    for environment in section(root, "environments"):
        own = environment.get("warehouse")
        kind = _kind(own.node) if own and isinstance(own.node, Mapping) else None
        if own and kind and kind != default and "database" in SETTINGS.get(kind, ()) and not _database(own):
            page.mistake(
                own.at,
                f"the {kind} warehouse of `{environment.name}` has no `database`, and would take that of {default}",
                "write `database: …` beside `integration`",
            )


def _database(warehouse: Entry) -> Entry | None:
    return warehouse.node.get("database") if isinstance(warehouse.node, Mapping) else None


def _warehouses(root: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Each mapping of settings with the kind of warehouse that reads it."""
    base = root.get("warehouse")
    default = _DEFAULT
    if base and isinstance(base.node, Mapping):
        default = _kind(base.node) or _DEFAULT
        yield default, base.node
    for environment in section(root, "environments"):
        own = environment.get("warehouse")
        if own and isinstance(own.node, Mapping):
            yield _kind(own.node) or default, own.node


def _kind(warehouse: Mapping) -> str | None:
    return text_of(warehouse.get("integration"))
