"""Names that say what is done instead of what is produced."""

from __future__ import annotations

VERBS = frozenset(
    [
        "aggregate",
        "analyse",
        "analyze",
        "append",
        "build",
        "calculate",
        "check",
        "clean",
        "collect",
        "combine",
        "compute",
        "convert",
        "copy",
        "create",
        "deduplicate",
        "delete",
        "do",
        "download",
        "enrich",
        "execute",
        "export",
        "extract",
        "fetch",
        "filter",
        "generate",
        "get",
        "ingest",
        "insert",
        "join",
        "load",
        "make",
        "merge",
        "move",
        "normalise",
        "normalize",
        "parse",
        "perform",
        "populate",
        "prepare",
        "process",
        "publish",
        "pull",
        "push",
        "query",
        "read",
        "refresh",
        "remove",
        "run",
        "save",
        "scrape",
        "send",
        "store",
        "sync",
        "train",
        "transform",
        "update",
        "upload",
        "upsert",
        "validate",
        "write",
    ]
)
"""Words that begin a name only as verbs: none of them is also what a table would be called, such as `report`."""


def first_word_if_verb(name: str) -> str | None:
    """`load_customers` → `load`; None for `customers` and for `export` alone, which can be a noun."""
    word, _, rest = name.lower().partition("_")
    return word if rest and word in VERBS else None
