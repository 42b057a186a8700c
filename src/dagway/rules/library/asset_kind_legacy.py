from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dagway.rules.model import Edit, Fix, Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile, keyword

PREFIX = "dagster/kind/"
KINDED = {"asset", "graph_asset", "AssetSpec", "AssetOut"}
_KIND = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_BETWEEN = re.compile(r"\s*,\s*")


@dataclass(frozen=True, eq=False)
class Old:
    """An argument that says a call's kinds in an old way.

    Attributes:
        kinds: the source of each.
        rest: what the argument says besides; None where it cannot be written anew without a loss.
    """

    argument: ast.keyword
    place: ast.expr | ast.keyword
    what: str
    kinds: list[str]
    rest: str | None


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
    names = {id(item.decorator): item.name for item in file.definitions}
    for call in file.nodes(ast.Call):
        if file.dagster(call.func) in KINDED and (every := [*_olds(file, call)]):
            # A call has one set of kinds, so its old ways are mended together.
            kinds = _merged(file, call, every)
            fix, about = _fix(file, call, every, kinds), names.get(id(call), "")
            yield from (
                file.problem(old.place, old.what, f"Write {kinds}", about=about, fix=fix) for old in every
            )


def _olds(file: PythonFile, call: ast.Call) -> Iterator[Old]:
    for argument, name, value in _given(file, call):
        if name == "compute_kind" and not (isinstance(value, ast.Constant) and value.value is None):
            kind = file.value(value)
            exact = argument.arg and isinstance(kind, str) and _KIND.fullmatch(kind)
            rest = "" if exact else None
            yield Old(argument, argument, "compute_kind is deprecated", [file.source(value)], rest)
        tags = file.expression(value)
        if name == "tags" and isinstance(tags, ast.Dict):
            found = [key for key in tags.keys if key and _kind_of(file, key)]
            kinds = [f'"{_kind_of(file, key)}"' for key in found]
            own = argument.value is tags
            if found:
                rest = _rest(file, tags, found) if own else None
                place = found[0] if own else argument.value
                yield Old(argument, place, "a kind is written as a tag", kinds, rest)


def _given(file: PythonFile, call: ast.Call) -> Iterator[tuple[ast.keyword, str, ast.expr]]:
    """What the call is given by name, also by `**` of a mapping that the file tells."""
    for argument in call.keywords:
        meant = file.expression(argument.value)
        if argument.arg:
            yield argument, argument.arg, argument.value
        elif isinstance(meant, ast.Dict):
            for key, value in zip(meant.keys, meant.values, strict=True):
                yield argument, str(file.value(key)), value


def _kind_of(file: PythonFile, key: ast.expr) -> str:
    value = file.value(key)
    return value.removeprefix(PREFIX) if isinstance(value, str) and value.startswith(PREFIX) else ""


def _rest(file: PythonFile, tags: ast.Dict, gone: list[ast.expr]) -> str | None:
    """The argument with the other tags; only where they are written on one line."""
    kept = [
        f"{file.source(key)}: {file.source(value)}" if key else f"**{file.source(value)}"
        for key, value in zip(tags.keys, tags.values, strict=True)
        if key not in gone
    ]
    if kept and tags.lineno != tags.end_lineno:
        return None
    return f"tags={{{', '.join(kept)}}}" if kept else ""


def _merged(file: PythonFile, call: ast.Call, every: list[Old]) -> str:
    """The argument with all kinds, those that the call has already first."""
    now = keyword(call, "kinds")
    if isinstance(now, ast.Set):
        kinds = [file.source(kind) for kind in now.elts]
    else:
        kinds = [f"*{file.source(now)}"] if now else []
    kinds += [kind for old in every for kind in old.kinds]
    # The same kind may be written with either quote.
    unique = {kind.replace("'", '"'): kind for kind in reversed(kinds)}
    return f"kinds={{{', '.join(reversed(unique.values()))}}}"


def _fix(file: PythonFile, call: ast.Call, every: list[Old], kinds: str) -> Fix | None:
    """The kinds in the place of the first argument that says some, and the others without them; no comment is lost."""
    rests = {old.argument: old.rest for old in every}
    rests |= {
        item: "" if isinstance(item.value, ast.Set) else None for item in call.keywords if item.arg == "kinds"
    }
    arguments = [item for item in call.keywords if item in rests]
    if any(item.arg is None for item in call.keywords) or any(map(_has_comment, map(file.source, arguments))):
        return None
    edits: list[Edit] = []
    for item in arguments:
        rest = rests[item]
        text = ", ".join(part for part in ("" if edits else kinds, rest) if part)
        edit = file.edit(item, text) if text else _removed(file, call, item)
        if rest is None or edit is None:
            return None
        edits.append(edit)
    return Fix(tuple(edits))


def _has_comment(source: str) -> bool:
    # In brackets, an argument's lines are those of one expression.
    tokens = tokenize.generate_tokens(io.StringIO(f"({source})").readline)
    return "#" in source and any(token.type == tokenize.COMMENT for token in tokens)


def _removed(file: PythonFile, call: ast.Call, item: ast.keyword) -> Edit | None:
    """The argument taken away with the comma before it; none if anything else stands between it and the one before."""
    _, before = file.span(call.keywords[call.keywords.index(item) - 1])
    start, end = file.span(item)
    return Edit(before, end, "") if _BETWEEN.fullmatch(file.text[before:start]) else None
