"""Whatever a file holds, there are findings or one clear message, never a crash."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagway.rules.examine import examine
from dagway.rules.library import library
from dagway.rules.source.text import TextFile

ROOT = Path(__file__).parents[2]
RULES = [rule for rule in library() if issubclass(rule.reads, TextFile)]
NAMES = (
    "a.py",
    "tests/test_a.py",
    "defs/a/defs.yaml",
    "component.yaml",
    "profiles.yml",
    "values.yaml",
    "models/a.sql",
)


def assert_examined(name: str, content: bytes) -> None:
    examined = examine(name, content, RULES, {}, {"": ("models",)})
    assert examined.outcome.crashes == ()


WORDS = st.sampled_from(
    ["import dagster as dg\n", "from dagster import *\n", "@dg.asset\n", "@dg.sensor(", "def f(x): ", "class A(dg.Component):", "select ",
     " from a.b", "{{ env('A') }}", "{% if", "type: x\n", "attributes:\n  ", "password: hunter2!", ": ", "- ", "\n", "\n  ", "(", ")", "[",
     "]", "'", '"', "dg.define_asset_job('a', selection='tag:a=b tag:c')", "yield ", "return dg.SkipReason('x')", "try:\n", "except:\n",
     "é", "\t", "\r\n", "\x0c", "# dagway: ignore[secret-literal]", "&a ", "*a", "<<: ", "os.environ['X']", "lambda: ", "\ufeff"]
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(NAMES), words=st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=25))
def test_arbitrary_text(name: str, words: list[str]) -> None:
    assert_examined(name, "".join(words).encode("utf-8", "surrogatepass"))


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=80))
def test_arbitrary_bytes(name: str, content: bytes) -> None:
    assert_examined(name, content)


def real_files() -> Iterator[Path]:
    yield from sorted((ROOT / "src" / "dagway").rglob("*.py"))[:60]
    yield from sorted((ROOT / "examples").rglob("*.yaml"))
    yield from sorted((ROOT / "examples").rglob("*.sql"))


def mutated(text: str, chance: random.Random) -> str:
    match chance.randrange(4):
        case 0:
            return text[: chance.randrange(len(text) + 1)]
        case 1:
            start = chance.randrange(len(text) + 1)
            return text[:start] + text[start + chance.randrange(40) :]
        case 2:
            lines = text.splitlines(keepends=True)
            chance.shuffle(lines)
            return "".join(lines)
        case _:
            place = chance.randrange(len(text) + 1)
            return text[:place] + chance.choice("()[]{}:'\"\\\n\t#@*&|>-") + text[place:]


@pytest.mark.parametrize("seed", range(4))
def test_real_files_cut_and_mutated(seed: int) -> None:
    chance = random.Random(seed)
    for path in real_files():
        text = path.read_text(encoding="utf-8")
        name = chance.choice([name for name in NAMES if Path(name).suffix[:3] == path.suffix[:3]])
        assert_examined(name, mutated(text, chance).encode())


DEEP: dict[str, Any] = {
    "brackets": ("a.py", "x = " + "[" * 5000 + "]" * 5000),
    "attributes": ("a.py", "x = a" + ".b" * 5000),
    "sums": ("a.py", "import dagster\nx = " + "'a' + " * 3000 + "'a'"),
    "yaml": ("defs.yaml", "type: x\na: " + "[" * 3000),
    "aliases": ("defs.yaml", "type: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c, *c]\n"),
    "itself": ("defs.yaml", "type: x\na: &a\n  b: *a\n"),
    "sql": ("models/a.sql", "select * from raw.a where " + "(" * 3000 + "1" + ")" * 3000),
    "names": ("a.py", "a = b\nb = a\nimport dagster\n@a\ndef f(): pass\n@b(a)\ndef g(): pass\n"),
}


@pytest.mark.parametrize("case", DEEP)
def test_deep_and_circular(case: str) -> None:
    name, text = DEEP[case]
    assert_examined(name, text.encode())
