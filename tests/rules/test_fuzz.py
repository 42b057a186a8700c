"""Whatever a file holds, there are findings or one clear message, never a crash."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagway.project.model import Asset, Key, Project
from dagway.rules.examine import examine, run_each
from dagway.rules.library import library
from dagway.rules.loaded import LoadedProject, LoadedWorkspace, LoadFailure, Reloadable
from dagway.rules.source.text import TextFile

ROOT = Path(__file__).parents[2]
RULES = [rule for rule in library() if issubclass(rule.reads, TextFile)]
LOADED = [rule for rule in library() if rule.kind == "L"]
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


#: Few of each, so that the parts of a project name each other.
KEYS = st.sampled_from(
    [("a",), ("A",), ("raw", "a"), ("raw", ""), ("",), ("load_a",), ("x", "y", "z", "data"), ("{{ env }}",)]
)
TEXTS = st.sampled_from(
    ["", "a", "A", "load_a", "{{ a }}", "default", "team:a", "0 0 * * *", "é\n", "dagster/x"]
)
PLACES = st.sampled_from(
    [Path("/project/a.py"), Path("/project"), Path("/elsewhere/b.py"), Path("relative.py")]
)
st.register_type_strategy(Path, PLACES)


def assets() -> st.SearchStrategy[Asset]:
    keys: st.SearchStrategy[tuple[Key, ...]] = st.lists(KEYS, max_size=3).map(tuple)
    return st.builds(Asset, key=KEYS, deps=keys, inputs=keys, group=TEXTS, description=TEXTS)


def whole(given: list[Asset]) -> tuple[Asset, ...]:
    """As Dagster has them: each key once, and a stub for each key that is only named."""
    known = {asset.key: asset for asset in given}
    named = {key for asset in known.values() for key in (*asset.deps, *asset.inputs)}
    return (*known.values(), *(Asset(key=key, stub=True) for key in sorted(named - known.keys())))


def projects() -> st.SearchStrategy[LoadedProject]:
    project = st.builds(Project, name=TEXTS, assets=st.lists(assets(), max_size=5).map(whole))
    return st.builds(LoadedProject, root=st.just(Path("/project")), project=project)


def again(keys: frozenset[Key] | None) -> Any:
    def keys_with(changes: Mapping[str, str]) -> frozenset[Key] | None:
        return keys

    return keys_with


RELOADABLE = st.builds(
    Reloadable, loaded=projects(), keys_with=st.one_of(st.none(), st.frozensets(KEYS)).map(again)
)
WORKSPACES = st.builds(
    LoadedWorkspace,
    root=st.just(Path("/project")),
    locations=st.lists(projects(), max_size=3).map(tuple),
    reloadable=st.lists(RELOADABLE, max_size=2).map(tuple),
)
SUBJECTS = st.one_of(projects(), WORKSPACES, RELOADABLE, st.builds(LoadFailure))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(subject=SUBJECTS)
def test_arbitrary_definitions(subject: object) -> None:
    outcome = run_each([rule for rule in LOADED if rule.reads is type(subject)], subject, {})
    assert outcome.crashes == ()


def test_every_loaded_rule_is_among_them() -> None:
    assert {rule.reads for rule in LOADED} <= {LoadedProject, LoadedWorkspace, Reloadable, LoadFailure}
