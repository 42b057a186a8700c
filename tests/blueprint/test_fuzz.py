"""Whatever the bytes are, loading and planning give a blueprint or its mistakes, and soon: never another error, never a hang."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagway.blueprint import model
from dagway.blueprint.load import BlueprintErrors, load, load_text
from dagway.prototype.plan import plan_of_text

FOLDER = Path(__file__).parent / "examples"
"""Real blueprints, with the files that they name."""
BLUEPRINTS = [(FOLDER / name).read_text(encoding="utf-8") for name in ("sales.yaml", "everything.yaml")]
PARTS = (
    *(
        model.Blueprint,
        model.Source,
        model.SourceTable,
        model.Asset,
        model.Check,
        model.Export,
        model.Schedule,
    ),
    *(model.Sensor, model.Alert, model.Warehouse, model.Partitions, model.RowCount, model.Range),
)
WORDS = sorted({field.alias or name for part in PARTS for name, field in part.model_fields.items()})
"""Every key of the language."""
SLOWEST = 2.0
"""Seconds that one input may take."""
MUTATED = 7_000
_QUICK = settings(
    max_examples=1_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def is_right(text: str, read: Callable[[str, Path], object] = load_text) -> bool:
    """Whether it has no mistake, which is known within its time."""
    start = time.process_time()
    found = None
    try:
        read(text, FOLDER / "blueprint.yaml")
    except BlueprintErrors as errors:
        found = errors
    assert time.process_time() - start < SLOWEST, f"slow: {text[:2000]!r}"
    if found:
        check(found)
    return found is None


def check(errors: BlueprintErrors) -> None:
    """The mistakes can be shown: each has a place, and they become text."""
    assert errors.mistakes
    assert all(mistake.position.line >= 1 and mistake.position.column >= 1 for mistake in errors.mistakes)
    assert str(errors)


@_QUICK
@given(text=st.text(max_size=300))
def test_any_text(text: str) -> None:
    is_right(text)


@_QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    try:
        load(path)
    except BlueprintErrors as errors:
        check(errors)


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "a/b",
            "shop/orders",
            "{{ env('X') }}",
            "{{ x }}",
            "2024-01-01",
            "36h",
            "0 5 * * *",
            "select 1",
            "../x.sql",
            "f.py:g",
        ]
    )
)
_KEYS = st.sampled_from(WORDS) | st.text(max_size=8)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=25,
)


@_QUICK
@given(tree=st.dictionaries(st.sampled_from(WORDS), _TREES, max_size=8))
def test_any_structure(tree: dict[str, object]) -> None:
    is_right(yaml.safe_dump({"blueprint": 1, "name": "fuzzed", **tree}, allow_unicode=True))


@pytest.mark.slow
def test_mutated_blueprints() -> None:
    """Real blueprints with a few things broken: most stay close to the language, where the rules are."""
    random_source = random.Random(20240101)
    planned = 0
    for _ in range(MUTATED):
        text = random_source.choice(BLUEPRINTS)
        for _ in range(random_source.randint(1, 4)):
            text = random_source.choice(_MUTATIONS)(text, random_source)
        planned += is_right(text, plan_of_text)
    assert 0 < planned < MUTATED  # the mutations are neither all harmless nor all fatal


def _flip(text: str, source: random.Random) -> str:
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(source.randint(1, 5)):
        if data:
            data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return data.decode("utf-8", "replace")


def _without_line(text: str, source: random.Random) -> str:
    lines = text.split("\n")
    del lines[source.randrange(len(lines))]
    return "\n".join(lines)


def _doubled_lines(text: str, source: random.Random) -> str:
    lines = text.split("\n")
    start = source.randrange(len(lines))
    part = lines[start : start + source.randint(1, 6)]
    at = source.choice([start, source.randrange(len(lines))])
    return "\n".join([*lines[:at], *part, *lines[at:]])


def _truncated(text: str, source: random.Random) -> str:
    return text[: source.randrange(len(text) + 1)]


def _indented(text: str, source: random.Random) -> str:
    lines = text.split("\n")
    at = source.randrange(len(lines))
    lines[at] = (
        source.choice([" ", "  ", "\t", "    "]) + lines[at] if source.random() < 0.5 else lines[at].lstrip()
    )
    return "\n".join(lines)


def _swapped_word(text: str, source: random.Random) -> str:
    old, new = source.choice(WORDS), source.choice(WORDS)
    return text.replace(old, new, source.randint(1, 3))


def _odd_value(text: str, source: random.Random) -> str:
    lines = text.split("\n")
    at = source.randrange(len(lines))
    key, colon, _ = lines[at].partition(":")
    lines[at] = f"{key}{colon} {source.choice(_ODD)}"
    return "\n".join(lines)


def _inserted(text: str, source: random.Random) -> str:
    at = source.randrange(len(text) + 1)
    return text[:at] + source.choice(_ODD) + text[at:]


_ODD = (
    *(
        "9" * 5000,
        "1e999",
        "-0",
        "0x" + "f" * 500,
        ".nan",
        "~",
        "''",
        "[]",
        "{}",
        "[[[[[[]]]]]]",
        "[" * 3000,
        "{a: " * 500,
    ),
    *(
        "\x00",
        "\x07",
        "\u2028",
        "\u202e",
        "\ufeff",
        "é" * 50,
        "𝒳",
        "\ud800",
        "\U0010ffff",
        "\r",
        "\t",
        "\x85",
    ),
    *(
        "&a [*a]",
        "*nothing",
        "&a {b: &b [1], c: *b}",
        "!!python/object/apply:os.system [ls]",
        "!x y",
        "<<: {a: 1}",
        "? a",
        "---",
        "...",
        "%YAML 9.9",
    ),
    *(
        "{{ env('A') }}",
        "{{ env('TOKEN', 'abcdef') }}",
        "{{",
        "}}",
        "{% if %}",
        "xoxb-123456789",
        "postgres://a:secret@b/c",
    ),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 5000 + ".sql",
        "sql/missing.sql",
        "x.sql",
        "C:\\x.sql",
        "~/x.sql",
        "con.sql\x00.sql",
    ),
    *(
        "select " + "(" * 2000,
        "select " + "(" * 200 + "1" + ")" * 200,
        "select 'open",
        "select /* open",
        "drop table x",
        "select 1; select 2",
        "select case when",
        "with a as (select 1",
        "| \n  select 1",
    ),
    *(
        "yes",
        "on",
        "06:00",
        "2024-01-01",
        "2024-99-01",
        "0 5 * * *",
        "* * * * * *",
        "99 * * * *",
        "R R * * *",
        "eager & (",
        "not " * 500 + "eager",
        "((((eager",
        "__import__('os')",
        "36h",
        "0h",
        "999999999999w",
    ),
    *(
        "../UTC",
        "Europe",
        "America/Nowhere",
        "team:",
        "#",
        "@",
        "a/b/c/d",
        "class/def",
        "A/B",
        "shop/orders",
        "[a/b, a/b]",
        '"\\ud800"',
        '"\\0"',
        "|\n\n\n",
        ">-",
        "a: b: c",
    ),
)
_MUTATIONS = (
    *(_flip, _without_line, _doubled_lines, _truncated, _indented, _swapped_word, _odd_value, _inserted),
)
