"""Rules on names: what is referred to is there, and no two lines claim one name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagway.blueprint.outline import SECTIONS, Line, built, checks, section, tables, texts
from dagway.blueprint.page import Page
from dagway.blueprint.tree import Entry, Mapping, Scalar, text_of
from dagway.blueprint.words import did_you_mean, shortened

Place = tuple[int, int]


def check_names(root: Mapping, page: Page) -> None:
    """Note every unknown, doubled or circular name on the page."""
    known = dict.fromkeys(asset_keys(root))
    _check_meets(root, page)
    for at, key in _references(root):
        if key not in known and not page.is_full:
            remedy = did_you_mean(key, known) or (
                f"known: {_some(list(known))}" if known else "there is no asset yet"
            )
            page.mistake(at, f"there is no asset or source table `{shortened(key)}`", remedy.strip())
    _check_one_table(root, page)
    _check_case(root, page)
    _check_jobs(root, page)
    _check_cycles(root, page)


def asset_keys(root: Mapping) -> list[str]:
    """The keys of all source tables and assets."""
    return [key for key, _, _ in _claims(root)]


def _claims(root: Mapping) -> Iterator[tuple[str, Place, str]]:
    for source in section(root, "sources"):
        yield from ((table.key, table.at, "table") for table in tables(source))
    yield from ((asset.name, asset.at, "asset") for asset in section(root, "assets"))


def _check_meets(root: Mapping, page: Page) -> None:
    entry = root.get("requirements")
    known = dict.fromkeys(entry.node.entries) if entry and isinstance(entry.node, Mapping) else {}
    for line in _lines(root):
        for word in texts(line.get("meets")):
            if word.text not in known and not page.is_full:
                guess = did_you_mean(word.text, known)
                remedy = guess or (
                    f"write one of: {_some(list(known))}" if known else "write it under `requirements` first"
                )
                page.mistake(
                    (word.line, word.column),
                    f"there is no requirement `{shortened(word.text)}`",
                    remedy.strip(),
                )


def _lines(root: Mapping) -> Iterator[Line]:
    for name in SECTIONS:
        for line in section(root, name):
            yield line
            if name == "sources":
                yield from (table.line for table in tables(line) if table.line)


def _references(root: Mapping) -> Iterator[tuple[Place, str]]:
    """Every place that names an asset."""
    for asset in section(root, "assets"):
        yield from (
            ((word.line, word.column), word.text) for word in texts(asset.get("deps")) if "/" in word.text
        )
    for _, line in built(root):
        for check in checks(line):
            yield from _named(_under(check.get("relationship"), "to"))
    for export in section(root, "exports"):
        yield from _named(export.get("from"))
    for sensor in section(root, "sensors"):
        yield from _named(sensor.get("asset"))


def _under(entry: Entry | None, key: str) -> Entry | None:
    return entry.node.get(key) if entry and isinstance(entry.node, Mapping) else None


def _named(entry: Entry | None) -> Iterator[tuple[Place, str]]:
    text = text_of(entry)
    if entry and text and "/" in text:
        yield entry.at, text


def _check_one_table(root: Mapping, page: Page) -> None:
    """Keys are tables, `a/b/c` is `a__b.c`: two lines that make one table, or differ only by case, would overwrite each other."""
    first: dict[str, tuple[str, Place]] = {}
    for key, at, noun in _claims(root):
        table = "__".join(key.split("/")[:-1]) + "." + key.rpartition("/")[2]
        other = first.setdefault(table.lower(), (key, at))
        if other[1] != at:
            page.mistake(
                at,
                f"the {noun} `{key}` is the same table as `{other[0]}` on line {other[1][0]}",
                "give one of them another name; capital and small letters count as the same",
            )


def _check_case(root: Mapping, page: Page) -> None:
    """Names become files, and not every file system tells capital from small letters."""
    for name in (*SECTIONS, "environments"):
        if name == "assets":
            continue
        first: dict[str, Scalar] = {}
        entry = root.get(name)
        for key in _keys(entry):
            other = first.setdefault(key.text.lower(), key)
            if other is not key:
                message = (
                    f"`{key.text}` differs from `{other.text}` on line {other.line} only by capital letters"
                )
                page.mistake((key.line, key.column), message, "give one of them another name")


def _keys(entry: Entry | None) -> Iterable[Scalar]:
    if entry is None or not isinstance(entry.node, Mapping):
        return []
    return [item.key for item in entry.node.entries.values()]


def _check_jobs(root: Mapping, page: Page) -> None:
    """Schedules, sensors and alerts share one space of names in Dagster."""
    first: dict[str, Line] = {}
    for name in ("schedules", "sensors", "alerts"):
        for line in section(root, name):
            other = first.setdefault(line.name.lower(), line)
            if other.section != name:
                message = f"`{line.name}` is also under `{other.section}`, on line {other.at[0]}"
                page.mistake(
                    line.at, message, "give one of them another name: both become automations of that name"
                )


def _check_cycles(root: Mapping, page: Page) -> None:
    """Cycles by `deps` alone; those that go through queries are found by the plan."""
    graph = {
        asset.name: [(word.text, (word.line, word.column)) for word in texts(asset.get("deps"))]
        for asset in section(root, "assets")
    }
    done: set[str] = set()
    for start in graph:
        if start not in done:
            _follow(start, graph, done, page)


def _follow(start: str, graph: dict[str, list[tuple[str, Place]]], done: set[str], page: Page) -> None:
    """Walk upstream from one asset; a key that is on the way already closes a cycle."""
    way, on_way = [start], {start}
    waiting = [iter(graph[start])]
    while waiting:
        for key, at in waiting[-1]:
            if key in on_way:
                circle = " → ".join([*way[way.index(key) :], key])
                page.mistake(
                    at,
                    f"these assets wait for each other: {shortened(circle, 200)}",
                    "remove one of these `deps`",
                )
            elif key in graph and key not in done:
                way.append(key)
                on_way.add(key)
                waiting.append(iter(graph[key]))
                break
        else:
            done.add(way[-1])
            on_way.remove(way.pop())
            waiting.pop()


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + ("" if len(names) <= 8 else f" and {len(names) - 8} more")
