"""Runs the rules over a project: files, then the tree, then the loaded definitions; then what is silenced is taken out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError
from dagway.garbage import no_garbage_collection
from dagway.rules.baseline import Baseline
from dagway.rules.cache import Cache, salt
from dagway.rules.collect import collect, tracked
from dagway.rules.config import Config
from dagway.rules.examine import Examined, examine, run
from dagway.rules.ignores import Ignore, UnusedIgnores
from dagway.rules.model import Crash, Finding, Report, Skipped
from dagway.rules.rule import Rule
from dagway.rules.source.dbt import dbt_models
from dagway.rules.source.text import TextFile
from dagway.rules.source.tree import ProjectTree

READ = (".py", ".yaml", ".yml", ".sql")


@dataclass(frozen=True)
class Task:
    """What to check and how.

    Attributes:
        root: findings' paths are relative to it.
        paths: files and folders below the root.
        rules: those that run.
        load: also run the project's code, for the rules that need its definitions.
    """

    root: Path
    paths: tuple[Path, ...]
    rules: tuple[Rule, ...]
    config: Config = field(default_factory=Config)
    load: bool = True
    cached: bool = True
    baseline: Baseline = field(default_factory=Baseline)


def check(task: Task) -> Report:
    """Everything that breaks the rules.

    The whole project is read whatever the paths are, for rules compare files; findings in the paths are reported.
    """
    paths = collect(task.root, [task.root], task.config.exclude)
    wanted = (
        set(paths) if task.root in task.paths else set(collect(task.root, task.paths, task.config.exclude))
    )
    tables, broken = _tables(task.root, paths)
    examined = _examine(task, [path for path in paths if path.endswith(READ)])
    found, crashes = _each(examined)
    tree = ProjectTree(
        root=task.root,
        paths=tuple(paths),
        facts=tuple(item.facts for item in examined if item.facts),
        tracked=tracked(task.root),
        tables=tables,
    )
    _run_all(_reading(task, ProjectTree), tree, task, found, crashes)
    skipped = [*broken, *(item.skipped for item in examined if item.skipped)]
    if task.load:
        skipped += _check_loaded(task, found, crashes)
    ignores = [ignore for item in examined for ignore in item.ignores]
    audible, unused = _silence(task, found, ignores, crashes)
    shown = [
        item for item in (*audible, *unused) if item.path in wanted or not (task.root / item.path).is_file()
    ]
    kept = task.baseline.new(shown)
    return Report(
        findings=tuple(sorted(kept, key=lambda finding: finding.order)),
        crashes=tuple(crashes),
        skipped=tuple(item for item in skipped if item.path in wanted or item.path == "."),
        files=len(wanted),
        ignored=len(set(found)) - len(audible),
        baselined=len(shown) - len(kept),
    )


def _reading(task: Task, kind: type) -> list[Rule]:
    return [rule for rule in task.rules if rule.reads is kind]


def _each(examined: Iterable[Examined]) -> tuple[list[Finding], list[Crash]]:
    items = list(examined)
    findings = [finding for item in items for finding in item.findings]
    return findings, [crash for item in items for crash in item.crashes]


def _run_all(
    rules: Iterable[Rule], subject: object, task: Task, found: list[Finding], crashes: list[Crash]
) -> None:
    for rule in rules:
        findings, crashed = run(rule, subject, task.config.options, ".")
        found += findings
        crashes += crashed


def _examine(task: Task, paths: Sequence[str]) -> list[Examined]:
    rules = [rule for rule in task.rules if issubclass(rule.reads, TextFile)]
    options, models = task.config.options, dbt_models(task.root, paths)
    cache = Cache(task.root, salt((rule.id for rule in rules), options, models)) if task.cached else None
    examined: list[Examined] = []
    with no_garbage_collection():
        for path in paths:
            content = (task.root / path).read_bytes()
            known = cache.get(path, content) if cache else None
            result = known or examine(path, content, rules, options, models)
            if cache and known is None and not result.crashes:
                cache.put(path, content, result)
            examined.append(result)
    if cache:
        cache.save()
    return examined


def _check_loaded(task: Task, found: list[Finding], crashes: list[Crash]) -> list[Skipped]:
    """Loads the definitions and runs the rules that read them."""
    if not any(rule.kind == "L" for rule in task.rules):
        return []
    from dagway.rules.loading import load

    try:
        workspace = load(task.root, task.config.load_timeout)
    except DagwayError as error:
        return [Skipped(".", 1, f"the definitions were not loaded: {error.message}")]
    for subject in (*workspace.failures, *workspace.locations, workspace):
        _run_all(_reading(task, type(subject)), subject, task, found, crashes)
    return []


def _silence(
    task: Task, found: Sequence[Finding], ignores: Sequence[Ignore], crashes: list[Crash]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that nothing silences, and those on ignores that silenced none."""
    by_path: dict[str, list[Ignore]] = {}
    for ignore in ignores:
        by_path.setdefault(ignore.path, []).append(ignore)
    used: set[Ignore] = set()
    shown: list[Finding] = []
    for finding in dict.fromkeys(found):
        covering = [ignore for ignore in by_path.get(finding.path, ()) if ignore.covers(finding)]
        used.update(covering)
        if not covering and not task.config.is_silenced(finding.path, finding.rule):
            shown.append(finding)
    about: list[Finding] = []
    unused = UnusedIgnores(tuple(_unused(task, ignores, used)))
    _run_all(_reading(task, UnusedIgnores), unused, task, about, crashes)
    return shown, [item for item in about if not task.config.is_silenced(item.path, item.rule)]


def _unused(task: Task, ignores: Iterable[Ignore], used: set[Ignore]) -> Iterator[Ignore]:
    """An ignore of a rule that did not run may be of use another time; one of no rule never is."""
    from dagway.rules.library import library

    ran = {rule.id for rule in task.rules if rule.kind == "S" or task.load}
    known = {rule.id for rule in library()}
    return (
        ignore
        for ignore in ignores
        if ignore not in used and (ignore.rule in ran or ignore.rule not in known)
    )


def _tables(root: Path, paths: Iterable[str]) -> tuple[dict[str, Mapping[str, Any]], list[Skipped]]:
    tables: dict[str, Mapping[str, Any]] = {}
    broken: list[Skipped] = []
    for path in paths:
        if path.rpartition("/")[2] in {"pyproject.toml", "dg.toml"}:
            try:
                tables[path] = tomllib.loads((root / path).read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                broken.append(Skipped(path, 1, f"not valid TOML: {error}"))
    return tables, broken
