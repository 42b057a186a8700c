from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from dagway.rules.model import Edit, Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile

PREFIX = "dagster/kind/"
KINDED = {"asset", "graph_asset", "AssetSpec"}
_KIND = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@rule("asset-kind-legacy", severity="warning", fixable=True, mentions=("compute_kind", PREFIX))
def check(file: PythonFile) -> Iterable[Problem]:
    """An asset's kind is written in an old way.

    What
        `compute_kind="dbt"` in an asset's decorator, or a tag `dagster/kind/dbt`, where `kinds={"dbt"}` belongs.

    Why
        `compute_kind` holds one kind and is deprecated, the tag is what Dagster makes of `kinds` inside. Both may go, and
        people who look for `kinds` do not find them.

    Broken
        import dagster as dg


        @dg.asset(compute_kind="snowflake")
        def orders() -> None: ...

    Right
        import dagster as dg


        @dg.asset(kinds={"snowflake"})
        def orders() -> None: ...

    Source
        "All assets include `kinds` parameter (e.g., `kinds={"python", "snowflake"}`)".
    """
    for call in file.nodes(ast.Call):
        if file.dagster(call.func) in KINDED:
            yield from _compute_kind(file, call)
            yield from _tags(file, call)


def _compute_kind(file: PythonFile, call: ast.Call) -> Iterator[Problem]:
    for item in call.keywords:
        if item.arg == "compute_kind":
            value = file.value(item.value)
            exact = isinstance(value, str) and _KIND.fullmatch(value) and not _has_kinds(call)
            kinds = f"kinds={{{file.source(item.value)}}}"
            fix = Fix((file.edit(item, kinds),)) if exact else None
            yield _problem(file, item, "compute_kind is deprecated", kinds, fix, call)


def _tags(file: PythonFile, call: ast.Call) -> Iterator[Problem]:
    for item in call.keywords:
        if item.arg != "tags" or not isinstance(item.value, ast.Dict):
            continue
        keys = [key for key in item.value.keys if key and _kind_of(file, key)]
        if keys:
            kinds = f"kinds={{{', '.join(_quoted(_kind_of(file, key)) for key in keys)}}}"
            fix = None if _has_kinds(call) else _without(file, item, item.value, keys, kinds)
            yield _problem(file, keys[0], "a kind is written as a tag", kinds, fix, call)


def _kind_of(file: PythonFile, key: ast.expr) -> str:
    value = file.value(key)
    return value.removeprefix(PREFIX) if isinstance(value, str) and value.startswith(PREFIX) else ""


def _without(
    file: PythonFile, item: ast.keyword, tags: ast.Dict, keys: list[ast.expr], kinds: str
) -> Fix | None:
    """The tags without the kinds, and the kinds before them; only where the tags are written on one line."""
    if len(keys) == len(tags.keys):
        return Fix((file.edit(item, kinds),))
    if tags.lineno != tags.end_lineno:
        return None
    kept = [
        f"{file.source(key)}: {file.source(value)}"
        for key, value in zip(tags.keys, tags.values, strict=True)
        if key and key not in keys
    ]
    if len(kept) + len(keys) != len(tags.keys):
        return None
    start, end = file.span(item)
    return Fix((Edit(start, end, f"{kinds}, tags={{{', '.join(kept)}}}"),))


def _has_kinds(call: ast.Call) -> bool:
    return any(item.arg in {"kinds", None} for item in call.keywords)


def _quoted(kind: str) -> str:
    return f'"{kind}"'


def _problem(
    file: PythonFile, node: ast.expr | ast.keyword, what: str, kinds: str, fix: Fix | None, call: ast.Call
) -> Problem:
    names = {id(item.decorator): item.name for item in file.definitions}
    return file.problem(node, what, f"Write {kinds}", about=names.get(id(call), ""), fix=fix)
