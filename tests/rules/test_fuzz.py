"""Whatever a file holds, there are findings or one clear message, never a crash."""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagway.project.model import Asset, Key, Project
from dagway.rules.examine import examine, run_each
from dagway.rules.library import library
from dagway.rules.loaded import LoadedProject, LoadedWorkspace, LoadFailure, Reloadable
from dagway.rules.model import Finding, Skipped
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


#: The short form. With DAGWAY_TEST_FUZZ=10000 and `-s` it is the long one, and says what it saw.
FILES = int(os.environ.get("DAGWAY_TEST_FUZZ", "800"))
#: Half of the files are made of words, an eighth of bytes, the others are real ones that were cut.
WORDY, BINARY = FILES // 2, FILES // 8
PORTION = 25
#: Seconds that one file may take, on a machine that does much else.
PATIENCE = 30


class Seen:
    """What the files of a test gave, in numbers."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._counts: Counter[str] = Counter()
        self._slowest = (0.0, "", b"")

    def examine(self, name: str, content: bytes) -> None:
        """Examines a file: each rule ends, in time, and says where; one that cannot be read is told in one line."""
        began = time.perf_counter()
        examined = examine(name, content, RULES, {}, {"": ("models",)})
        seconds = time.perf_counter() - began
        outcome = examined.outcome
        assert outcome.crashes == ()
        assert len(outcome.skipped) <= 1
        assert all(item.reason and len(item.reason.splitlines()) == 1 for item in outcome.skipped)
        lines = len(content.splitlines()) + 1
        assert_placed([*outcome.findings, *outcome.skipped], lines)
        assert all(item.column > 0 for item in (*outcome.findings, *outcome.skipped))
        assert seconds < PATIENCE, (name, content)
        self._slowest = max(self._slowest, (seconds, name, content))
        kind = Path(name).suffix.removeprefix(".").replace("yml", "yaml")
        self._counts[kind] += 1
        self._counts[f"{kind} unread"] += len(outcome.skipped)
        self._counts[f"{kind} with findings"] += bool(outcome.findings)
        self._counts["files"] += 1
        if self._counts["files"] % 500 == 0:
            self.tell()

    def tell(self) -> None:
        print(f"{dict(sorted(self._counts.items()))}, {time.perf_counter() - self._began:.0f} s", flush=True)
        print(f"  slowest {self._slowest[0]:.2f} s: {self._slowest[1]}", flush=True)


def assert_placed(items: Iterable[Finding | Skipped], lines: int) -> None:
    assert all(1 <= item.line <= lines for item in items)


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    seen = Seen()
    yield seen
    seen.tell()


WORDS = st.sampled_from(
    ["import dagster as dg\n", "from dagster import *\n", "@dg.asset\n", "@dg.sensor(", "def f(x): ", "class A(dg.Component):", "select ",
     " from a.b", "{{ env('A') }}", "{% if", "type: x\n", "attributes:\n  ", "password: hunter2!", ": ", "- ", "\n", "\n  ", "(", ")", "[",
     "]", "'", '"', "dg.define_asset_job('a', selection='tag:a=b tag:c')", "yield ", "return dg.SkipReason('x')", "try:\n", "except:\n",
     "é", "\t", "\r\n", "\x0c", "# dagway: ignore[secret-literal]", "#dagway:ignore",
     "-- dagway: ignore[removed-*,", "'''", "f'{", "&a ", "*a", "<<: ", "os.environ['X']", "lambda: ", "\ufeff"]
)  # fmt: skip


SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(SLOW, max_examples=WORDY)
@given(name=st.sampled_from(NAMES), words=st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=25))
def test_arbitrary_text(seen: Seen, name: str, words: list[str]) -> None:
    seen.examine(name, "".join(words).encode("utf-8", "surrogatepass"))


@settings(SLOW, max_examples=BINARY)
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=80))
def test_arbitrary_bytes(seen: Seen, name: str, content: bytes) -> None:
    seen.examine(name, content)


def real_files() -> Iterator[Path]:
    yield from sorted((ROOT / "src" / "dagway").rglob("*.py"))[:60]
    yield from sorted((ROOT / "examples").rglob("*.yaml"))
    yield from sorted((ROOT / "examples").rglob("*.sql"))


def mutated(text: str, chance: random.Random) -> str:
    match chance.randrange(8):
        case 4 | 5 | 6 | 7:
            # Most of these still parse, so that rules see them.
            words = re.findall(r"\w+", text) or [""]
            for _ in range(chance.randrange(1, 9)):
                text = text.replace(chance.choice(words), chance.choice(words), chance.randrange(1, 3))
            return text
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


@pytest.mark.parametrize("seed", range((FILES - WORDY - BINARY) // PORTION))
def test_real_files_cut_and_mutated(seen: Seen, seed: int) -> None:
    chance = random.Random(seed)
    every = list(real_files())
    for _ in range(PORTION):
        suffix = chance.choice((".py", ".yaml", ".sql"))
        path = chance.choice([path for path in every if path.suffix == suffix])
        text = path.read_text(encoding="utf-8")
        name = chance.choice([name for name in NAMES if Path(name).suffix[:3] == suffix[:3]])
        seen.examine(name, mutated(text, chance).encode())


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
def test_deep_and_circular(seen: Seen, case: str) -> None:
    name, text = DEEP[case]
    seen.examine(name, text.encode())


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
