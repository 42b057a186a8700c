"""Asset keys as tables: `staging/orders` is the table `staging.orders`, `a/b/c` is `a__b.c`."""

from __future__ import annotations

Key = tuple[str, ...]


def schema_and_name(key: Key) -> tuple[str, str]:
    """The schema and the table of a key of two or more segments; of one segment, the schema is empty."""
    return "__".join(key[:-1]), key[-1]


def table_name(key: Key) -> str:
    """The table as a query names it: `("a", "b", "c")` → `a__b.c`."""
    return ".".join(part for part in schema_and_name(key) if part)


def key_of(schema: str, name: str) -> Key:
    """The key that a query means: the inverse of `schema_and_name` for keys of at most three segments."""
    first, _, second = schema.partition("__")
    return (first, second, name) if first and second else (schema, name)
