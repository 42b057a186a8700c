"""What the rules find in a project's text: in each file by itself, then in the tree of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagway.rules.cache import Cache, salt
from dagway.rules.collect import collect, tracked
from dagway.rules.examine import Examined, run_each
from dagway.rules.ignores import Ignore
from dagway.rules.model import Outcome, Skipped, merged
from dagway.rules.source.dbt import dbt_models
from dagway.rules.source.read import UnreadableError, content
from dagway.rules.source.text import TextFile
from dagway.rules.source.tree import ProjectTree
from dagway.rules.task import Task
from dagway.rules.workers import Examination, Examiner, Source

READ = (".py", ".yaml", ".yml", ".sql")


@dataclass(frozen=True)
class TextOutcome:
    """What the rules gave.

    Attributes:
        ignores: the comments that silence some of it.
        wanted: the files that are asked about.
        imports: what the project imports outside of its tests, as dotted paths.
    """

    outcome: Outcome
    ignores: tuple[Ignore, ...]
    wanted: frozenset[str]
    imports: frozenset[str] = frozenset()


class TextCheck:
    """One check of a project's text. As a context: other processes may examine files until it is left.

    The whole project is read whatever the paths are, for rules compare files.
    """

    def __init__(self, task: Task, cache: Cache | None) -> None:
        self._task = task
        self._cache = cache
        self._paths = collect(task.root, [task.root], task.config.exclude)
        self._sources, self._unreadable = _read(task.root, self._paths)
        examiner = _examiner(task, self._paths)
        self._examined = cache.known(_salt(examiner), self._sources) if cache else {}
        self._unknown = [source for source in self._sources if source[0] not in self._examined]
        self._examination = Examination(examiner, self._unknown)

    def __enter__(self) -> TextCheck:
        return self

    def __exit__(self, *_: object) -> None:
        self._examination.end()

    def finish(self) -> TextOutcome:
        """What came of it, once every file is examined."""
        for (path, _), examined in zip(self._unknown, self._examination.results(), strict=True):
            self._examined[path] = examined
        if self._cache:
            self._cache.keep(self._sources, self._examined)
        each = [self._examined[path] for path, _ in self._sources]
        return TextOutcome(
            merged([*(item.outcome for item in each), self._tree(each), Outcome(skipped=self._unreadable)]),
            tuple(ignore for item in each for ignore in item.ignores),
            self._wanted(),
            frozenset(name for item in each for name in _imports(item)),
        )

    def _tree(self, examined: Iterable[Examined]) -> Outcome:
        """What the rules say that read more than one file."""
        task = self._task
        tables, broken = _tables(task.root, self._paths)
        tree = ProjectTree(
            root=task.root,
            paths=tuple(self._paths),
            facts=tuple(item.facts for item in examined if item.facts),
            tracked=tracked(task.root),
            tables=tables,
        )
        found = run_each(task.reading(ProjectTree), tree, task.config.options)
        return merged([found, Outcome(skipped=broken)])

    def _wanted(self) -> frozenset[str]:
        task = self._task
        every = task.root in task.paths
        return frozenset(self._paths if every else collect(task.root, task.paths, task.config.exclude))


def _examiner(task: Task, paths: Iterable[str]) -> Examiner:
    rules = [rule for rule in task.rules if issubclass(rule.reads, TextFile)]
    return Examiner(rules, task.config.options, dbt_models(task.root, paths))


def _imports(examined: Examined) -> tuple[str, ...]:
    return examined.facts.imports if examined.facts and not examined.facts.is_test else ()


def _salt(examiner: Examiner) -> str:
    return salt((rule.id for rule in examiner.rules), examiner.options, examiner.dbt_models)


def _read(root: Path, paths: Iterable[str]) -> tuple[list[Source], tuple[Skipped, ...]]:
    """The files that rules read, and those that cannot be read."""
    sources: list[Source] = []
    unreadable: list[Skipped] = []
    for path in paths:
        if path.endswith(READ):
            try:
                sources.append((path, content(root / path)))
            except UnreadableError as error:
                unreadable.append(Skipped(path, error.line, error.reason))
    return sources, tuple(unreadable)


def _tables(root: Path, paths: Iterable[str]) -> tuple[dict[str, Mapping[str, Any]], tuple[Skipped, ...]]:
    """The TOML files that configure Dagster's tools."""
    tables: dict[str, Mapping[str, Any]] = {}
    broken: list[Skipped] = []
    for path in paths:
        if path.rpartition("/")[2] in {"pyproject.toml", "dg.toml"}:
            try:
                tables[path] = tomllib.loads(content(root / path).decode())
            except UnreadableError as error:
                broken.append(Skipped(path, error.line, error.reason))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                broken.append(Skipped(path, 1, f"not valid TOML: {error}"))
    return tables, tuple(broken)
