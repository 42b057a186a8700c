"""Environments: a named overlay merged over the blueprint, as a tree so that places stay known."""

from __future__ import annotations

from collections.abc import Iterator

from dagway.blueprint.outline import Line, section, tables
from dagway.blueprint.page import Page
from dagway.blueprint.tree import Entry, Mapping, is_null, merge

MOST = 20
"""Environments of one blueprint; each is checked as a whole one."""
_FIXED = {
    "environments": "an environment has none of its own",
    "blueprint": "the language's version is the same everywhere",
    "name": "the project has one name, which is its Python package",
    "requirements": "what must be true is the same everywhere",
}
_SAME = {
    **dict.fromkeys(("sources", "assets", "exports"), "the set of keys"),
    **dict.fromkeys(("schedules", "sensors", "alerts"), "what runs and what tells people"),
}
_Place = tuple[int, int]


def overlaid(root: Mapping, page: Page) -> dict[str, Mapping]:
    """The whole tree of each environment whose overlay may be applied; what it may not do is noted on the page."""
    entry = root.get("environments")
    if entry is None or not isinstance(entry.node, Mapping):
        return {}
    if len(entry.node.entries) > MOST:
        page.mistake(_key(entry), f"there are more than {MOST} environments", f"keep {MOST}")
        return {}
    base = Mapping(root.line, root.column, {k: v for k, v in root.entries.items() if k != "environments"})
    found: dict[str, Mapping] = {}
    for name, overlay in entry.node.entries.items():
        if isinstance(overlay.node, Mapping):
            refused = list(_refused(base, overlay.node, name))
            for at, message, remedy in refused:
                page.mistake(at, message, remedy)
            if not refused:
                found[name] = merge(base, overlay.node)
    return found


def _refused(base: Mapping, overlay: Mapping, name: str) -> Iterator[tuple[_Place, str, str]]:
    for key, reason in _FIXED.items():
        entry = overlay.entries.get(key)
        if entry:
            yield _key(entry), f"`{key}` in the environment `{name}`: {reason}", "remove it here"
    for part, why in _SAME.items():
        for at, key, does in _changes(base, overlay, part):
            yield (
                at,
                f"the environment `{name}` {does} `{key}`; {why} must not change with the environment",
                "write it outside `environments`"
                if does == "adds"
                else "leave it, and give it other values here",
            )


def _changes(base: Mapping, overlay: Mapping, part: str) -> Iterator[tuple[_Place, str, str]]:
    """Every key that the overlay adds or removes: where, which, and `adds` or `removes`."""
    entry = overlay.entries.get(part)
    if entry is None:
        return
    if is_null(entry.node):
        yield _key(entry), part, "removes"
    elif isinstance(entry.node, Mapping):
        before = {line.name: line for line in section(base, part)}
        for name, item in entry.node.entries.items():
            if name not in before:
                yield _key(item), name, "adds"
            elif is_null(item.node):
                yield _key(item), name, "removes"
            elif part == "sources" and isinstance(item.node, Mapping):
                yield from _table_changes(before[name], Line(part, name, item, item.node))


def _table_changes(before: Line, overlay: Line) -> Iterator[tuple[_Place, str, str]]:
    entry = overlay.node.entries.get("tables")
    if entry is None:
        return
    old = {table.key for table in tables(before)}
    merged = merge(before.node, overlay.node)
    new = {table.key for table in tables(Line("sources", before.name, overlay.entry, merged))}
    yield from ((_key(entry), key, "adds") for key in sorted(new - old))
    yield from ((_key(entry), key, "removes") for key in sorted(old - new))


def _key(entry: Entry) -> _Place:
    return entry.key.line, entry.key.column
