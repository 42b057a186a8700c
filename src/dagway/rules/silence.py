"""What is not shown: findings that a comment or a path's configuration silences. And comments that silence nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagway.rules.examine import run_each
from dagway.rules.ignores import Ignore, UnusedIgnores
from dagway.rules.model import Finding, Outcome
from dagway.rules.rule import Rule
from dagway.rules.task import Task


class Silence:
    """The silencing of one check, and which ignores were of use to it.

    Args:
        ran: the rules that had all they read, and said all they had to say.
    """

    def __init__(self, task: Task, ignores: Sequence[Ignore], ran: Iterable[Rule]) -> None:
        self._task = task
        self._ran = {rule.id for rule in ran}
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
        unused = self._without_use()
        outcome = run_each(task.reading(UnusedIgnores), unused, task.config.options)
        audible = (item for item in outcome.findings if not task.config.is_silenced(item.path, item.rule))
        return Outcome(tuple(audible), outcome.crashes)

    def _is_silenced(self, finding: Finding) -> bool:
        covering = [ignore for ignore in self._by_path.get(finding.path, ()) if ignore.covers(finding)]
        self._used.update(covering)
        return bool(covering) or self._task.config.is_silenced(finding.path, finding.rule)

    def _without_use(self) -> UnusedIgnores:
        """An ignore of a rule that did not run may be of use another time; one of no rule never is."""
        from dagway.rules.library import library

        known = {rule.id for rule in (*library(), *self._task.rules)}
        unused: list[Ignore] = []
        unknown: list[Ignore] = []
        for ignore in self._ignores:
            named = {identity for identity in known if ignore.names(identity)}
            if not named:
                unknown.append(ignore)
            elif named <= self._ran and ignore not in self._used:
                unused.append(ignore)
        return UnusedIgnores(tuple(unused), tuple(unknown))
