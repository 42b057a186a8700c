"""One file: its own rules run over it, its facts taken, its ignores read. What comes of it can be cached."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagway.rules.ignores import Ignore, ignores
from dagway.rules.model import Crash, Finding, Outcome, Problem, Skipped, merged
from dagway.rules.rule import Rule
from dagway.rules.source.facts import Facts, python_facts, yaml_facts
from dagway.rules.source.python import PythonFile
from dagway.rules.source.read import UnreadableError, read
from dagway.rules.source.text import TextFile
from dagway.rules.source.yaml import YamlFile

Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What one file gave."""

    outcome: Outcome
    ignores: tuple[Ignore, ...] = ()
    facts: Facts | None = None


def examine(
    path: str,
    content: bytes,
    rules: Iterable[Rule],
    options: Options,
    dbt_models: Mapping[str, tuple[str, ...]],
) -> Examined:
    """Runs each rule that reads files of this type."""
    file = read(path, content, dbt_models)
    if isinstance(file, Skipped):
        return Examined(Outcome(skipped=(file,)))
    concerned = (rule for rule in rules if isinstance(file, rule.reads) and _concerns(rule, file))
    facts, crashes = _facts(file)
    outcome = merged([run_each(concerned, file, options, path), Outcome(crashes=crashes)])
    return Examined(outcome, ignores(file), facts)


def _concerns(rule: Rule, file: TextFile) -> bool:
    if file.is_test and not rule.in_tests:
        return False
    return not rule.mentions or any(word in file.text for word in rule.mentions)


def run_each(rules: Iterable[Rule], subject: object, options: Options, path: str = ".") -> Outcome:
    """What each rule says of the subject; findings that name no path are about `path`."""
    return merged(_run(rule, subject, options, path) for rule in rules)


def _run(rule: Rule, subject: object, options: Options, path: str) -> Outcome:
    """The rule's findings, or what kept it from finding."""
    try:
        problems = list(rule(subject, **options.get(rule.id, {})))
        return Outcome(findings=tuple(_findings(rule, problems, path)))
    except UnreadableError as error:
        return Outcome(skipped=(Skipped(path, error.line, error.reason),))
    # A rule may fail in any way, also by SystemExit, which would read as clean; the others go on, and the report says that this one failed.
    except (Exception, SystemExit) as error:
        return Outcome(crashes=(Crash(rule.id, path, _told(error)),))


def _findings(rule: Rule, problems: Iterable[Problem], path: str) -> Iterator[Finding]:
    for problem in problems:
        yield Finding(
            rule=rule.id,
            severity=rule.severity,
            path=problem.path or path,
            line=problem.line,
            column=problem.column,
            object=problem.object,
            message=problem.message,
            remedy=problem.remedy,
            fix=problem.fix,
            url=rule.url,
            secret=rule.secret,
        )


def _told(error: BaseException) -> str:
    """The error with the line of the rule that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def _facts(file: TextFile) -> tuple[Facts | None, tuple[Crash, ...]]:
    try:
        if isinstance(file, PythonFile):
            return python_facts(file), ()
        return (yaml_facts(file) if isinstance(file, YamlFile) else None), ()
    except Exception as error:
        return None, (Crash("facts", file.path, _told(error)),)
