"""Runs the rules over a project: its text, and meanwhile its loaded definitions; then what is silenced is taken out."""

from __future__ import annotations

from dagway.errors import DagwayError
from dagway.rules.cache import Cache
from dagway.rules.examine import run_each
from dagway.rules.files import TextCheck, TextOutcome
from dagway.rules.model import Outcome, Report, Skipped, merged
from dagway.rules.process import Start, start
from dagway.rules.silence import Silence
from dagway.rules.task import Task


def check(task: Task) -> Report:
    """Everything that breaks the rules."""
    return Checker(task).check()


class Checker:
    """Checks one project, as often as asked: what it knows of unchanged files it keeps."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._cache = Cache(task.root) if task.cached else None

    def check(self) -> Report:
        """Everything that breaks the rules."""
        with TextCheck(self.task, self._cache) as text:
            # While other processes examine the files.
            loaded = check_definitions(self.task)
            return report(self.task, text.finish(), loaded)

    def text(self) -> TextOutcome:
        """What the rules find without the definitions."""
        with TextCheck(self.task, self._cache) as text:
            return text.finish()


def check_definitions(task: Task, start: Start = start) -> Outcome:
    """Loads the definitions and runs the rules that read them.

    Args:
        start: how a loading process begins.
    """
    if not task.loads:
        return Outcome()
    from dagway.rules.loading import load

    try:
        workspace = load(task.root, task.config.load_timeout, start)
    except DagwayError as error:
        return Outcome(skipped=(Skipped(".", 1, f"the definitions were not loaded: {error.message}"),))
    subjects = (*workspace.failures, *workspace.locations, workspace, *workspace.reloadable)
    return merged(run_each(task.reading(type(subject)), subject, task.config.options) for subject in subjects)


def report(task: Task, text: TextOutcome, loaded: Outcome) -> Report:
    """What of all that is shown: findings in the files asked about that nothing silences and the baseline has not."""
    whole = merged([text.outcome, loaded])
    silence = Silence(task, text.ignores)
    audible = silence.audible(whole.findings)
    about = silence.unused()
    wanted = text.wanted
    shown = [
        item
        for item in (*audible, *about.findings)
        if item.path in wanted or not (task.root / item.path).is_file()
    ]
    kept = task.baseline.new(shown, lambda path: not (task.root / path).exists())
    return Report(
        findings=tuple(sorted(kept, key=lambda finding: finding.order)),
        crashes=(*whole.crashes, *about.crashes),
        skipped=tuple(item for item in whole.skipped if item.path in wanted or item.path == "."),
        files=len(wanted),
        ignored=len(set(whole.findings)) - len(audible),
        baselined=len(shown) - len(kept),
    )
