"""What is not shown: findings that a comment or a path's configuration silences. And comments that silence nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagway.rules.examine import run_each
from dagway.rules.ignores import Ignore, UnusedIgnores
from dagway.rules.model import Finding, Outcome
from dagway.rules.task import Task


class Silence:
    """The silencing of one check, and which ignores were of use to it."""

    def __init__(self, task: Task, ignores: Sequence[Ignore]) -> None:
        self._task = task
        self._ignores = ignores
        self._by_path: dict[str, list[Ignore]] = {}
        for ignore in ignores:
            self._by_path.setdefault(ignore.path, []).append(ignore)
        self._used: set[Ignore] = set()

    def audible(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that nothing silences, each once."""
        return [finding for finding in dict.fromkeys(findings) if not self._is_silenced(finding)]

    def unused(self) -> Outcome:
        """What the rules say of ignores that have silenced nothing so far."""
        task = self._task
        unused = UnusedIgnores(tuple(self._without_use()))
        outcome = run_each(task.reading(UnusedIgnores), unused, task.config.options)
        audible = (item for item in outcome.findings if not task.config.is_silenced(item.path, item.rule))
        return Outcome(tuple(audible), outcome.crashes)

    def _is_silenced(self, finding: Finding) -> bool:
        covering = [ignore for ignore in self._by_path.get(finding.path, ()) if ignore.covers(finding)]
        self._used.update(covering)
        return bool(covering) or self._task.config.is_silenced(finding.path, finding.rule)

    def _without_use(self) -> Iterable[Ignore]:
        """An ignore of a rule that did not run may be of use another time; one of no rule never is."""
        from dagway.rules.library import library

        ran = {rule.id for rule in self._task.rules if rule.kind == "S" or self._task.load}
        known = {rule.id for rule in library()}
        return (
            ignore
            for ignore in self._ignores
            if ignore not in self._used and (ignore.rule in ran or ignore.rule not in known)
        )
