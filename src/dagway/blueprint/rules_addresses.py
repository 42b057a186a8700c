"""Rules on addresses of objects: a store that is known, a bucket, and an object in it."""

from __future__ import annotations

from collections.abc import Iterator

from dagway.blueprint.held_paths import is_address, resolved
from dagway.blueprint.outline import section, tables
from dagway.blueprint.page import Page
from dagway.blueprint.stores import FILES, SCHEMES
from dagway.blueprint.tree import Entry, Mapping
from dagway.blueprint.words import shortened


def check_addresses(root: Mapping, page: Page) -> None:
    """Note every address that names no object."""
    for entry, needs_key in _paths(root):
        for _, address in resolved(entry, unset="env"):
            if is_address(address):
                _check(entry, address, page, needs_key=needs_key)


def _paths(root: Mapping) -> Iterator[tuple[Entry | None, bool]]:
    """Each path with whether it is a whole address: a source's may be a bucket that its tables lie in."""
    for source in section(root, "sources"):
        if source.text("integration") in FILES:
            yield source.get("path"), False
            yield from ((table.line.get("path"), True) for table in tables(source) if table.line)
    for export in section(root, "exports"):
        if export.text("integration") in FILES:
            yield export.get("path"), True


def _check(entry: Entry | None, address: str, page: Page, *, needs_key: bool) -> None:
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    if entry is None or (scheme in SCHEMES and bucket and (key or not needs_key)):
        return
    what = f"`{shortened(address)}`"
    if scheme not in SCHEMES:
        said, remedy = f"nothing reads or writes {scheme}://", "write s3://…, gs://…, az://… or a file"
    else:
        said, remedy = "a bucket without an object" if bucket else "no bucket", ""
    page.mistake(
        entry.at, f"{what} names no object: {said}", remedy or f"write {scheme}://bucket/folder/file"
    )
