"""Guards of the reader: what would grow, nest or run is refused, and soon."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagway.blueprint.composer import compose
from dagway.blueprint.load import BlueprintErrors, load_text
from dagway.blueprint.page import Page
from dagway.blueprint.scalar import plain
from dagway.blueprint.tree import values


def read(text: str) -> tuple[object, list[str]]:
    page = Page(Path("blueprint.yaml"), text)
    root = compose(page)
    return (None if root is None else plain(values(root))), [mistake.message for mistake in page.mistakes]


def test_aliases_that_grow_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert read("\n".join(lines)) == (None, ["more than 250,000 values, aliases written out"])


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert read(text) == (None, ["more than 40 levels of nesting"])


def test_too_many_values_are_refused() -> None:
    assert read("a: [" + "1," * 300_000 + "]")[1] == ["more than 250,000 values, aliases written out"]


def test_too_many_aliases_are_refused() -> None:
    assert read("a: &a 1\nb: [" + "*a," * 10_001 + "]")[1] == ["more than 10,000 aliases"]


def test_an_alias_is_its_value() -> None:
    assert read("a: &x {b: [1, on]}\nc: *x") == ({"a": {"b": [1, "on"]}, "c": {"b": [1, "on"]}}, [])


def test_a_tag_is_refused_but_that_of_text() -> None:
    assert read("a: !!python/object/apply:os.system [ls]")[1] == [
        "the tag `!!python/object/apply:os.system` is not read"
    ]
    assert read("a: !!str 12") == ({"a": "12"}, [])


def test_a_doubled_key_is_named_at_its_second_place() -> None:
    page = Page(Path("blueprint.yaml"), "a:\n  b: 1\n  'b': 2\n")
    compose(page)
    [mistake] = page.mistakes
    assert (mistake.position.line, mistake.position.column) == (3, 3)
    assert mistake.message == "`b` stands twice; the first is on line 2"


def owners(count: int) -> str:
    return f"owners: [{'1,' * count}]"


def unknown_names(count: int) -> str:
    known = ",".join(f"R{n}: x" for n in range(count))
    unknown = ",".join(f"Q{n}" for n in range(count))
    return f"requirements: {{{known}}}\nassets: {{a/b: {{sql: select 1, meets: [{unknown}]}}}}"


def chain(count: int) -> str:
    return "assets:\n" + "".join(f"  a/x{n}: {{python: x.py:f, deps: [a/x{n + 1}]}}\n" for n in range(count))


def environments(count: int) -> str:
    return "environments:\n" + "".join(f"  e{n}: {{timezone: UTC}}\n" for n in range(count))


def tables(count: int) -> str:
    each = ",".join(f"t{n}: {{incremental: {{column: a}}}}" for n in range(count))
    return f"sources: {{s: {{integration: y, tables: {{{each}}}}}}}"


def calls(text: str) -> int:
    """How many functions are called while the blueprint is read."""
    counted = itertools.count()

    def count(*_: object) -> None:
        next(counted)

    sys.setprofile(count)
    try:
        with contextlib.suppress(BlueprintErrors):
            load_text(f"blueprint: 1\nname: small\n{text}\n", Path("blueprint.yaml"))
    finally:
        sys.setprofile(None)
    return next(counted)


@pytest.mark.parametrize("text", [owners, unknown_names, chain, environments, tables])
def test_work_grows_with_the_mistakes_and_not_with_their_square(text: Callable[[int], str]) -> None:
    assert calls(text(1_000)) < 2.5 * calls(text(500))


def test_a_long_row_of_what_begins_an_address_is_read_to_its_end() -> None:
    # Its square would be steps for hours.
    loaded = load_text(
        f"blueprint: 1\nname: small\ndescription: {'a://' * 200_000}\n", Path("blueprint.yaml")
    )
    assert loaded.blueprint.description
