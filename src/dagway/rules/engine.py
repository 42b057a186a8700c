"""Runs the rules over a project: its text, and meanwhile its loaded definitions; then what is silenced is taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dagway.errors import DagwayError
from dagway.project.locate import NoProjectError
from dagway.rules.cache import Cache
from dagway.rules.examine import run_each
from dagway.rules.files import TextCheck, TextOutcome
from dagway.rules.loaded import LoadedWorkspace, LoadFailure
from dagway.rules.mask import mask, masked
from dagway.rules.model import Finding, Outcome, Report, Skipped, merged
from dagway.rules.process import Start, start
from dagway.rules.rule import Rule
from dagway.rules.silence import Silence
from dagway.rules.task import Task

#: The rule that says why definitions do not load.
UNLOADABLE = "definitions-unloadable"


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


@dataclass(frozen=True)
class LoadedOutcome:
    """What the rules gave that read the definitions.

    Attributes:
        failures: why some code locations did not load, where a rule says so.
        loaded: a code location did.
        whole: everything loaded, so that the rules saw all of it.
    """

    outcome: Outcome = field(default_factory=Outcome)
    failures: tuple[LoadFailure, ...] = ()
    loaded: bool = False
    whole: bool = False


def check_definitions(task: Task, start: Start = start) -> LoadedOutcome:
    """Loads the definitions and runs the rules that read them.

    Args:
        start: how a loading process begins.
    """
    if not task.loads:
        return LoadedOutcome()
    from dagway.rules.loading import load

    try:
        workspace = load(task.root, task.config.load_timeout, start)
    except NoProjectError as error:
        return _of_files(task, start, error)
    except DagwayError as error:
        return _unloaded(error)
    found = _found(task, (*workspace.failures, *_subjects(workspace)))
    return LoadedOutcome(
        merged([found, Outcome(skipped=workspace.elsewhere)]),
        workspace.failures,
        loaded=bool(workspace.locations),
        whole=not workspace.failures and not workspace.elsewhere,
    )


def _of_files(task: Task, start: Start, error: NoProjectError) -> LoadedOutcome:
    """What the files give that were asked for, where there is no project: that one does not load is no fault of it."""
    from dagway.rules.loading import load_files
    from dagway.rules.plain import plain_files

    files = tuple(plain_files(task.paths))
    if not files:
        return _unloaded(error)
    alone = [file.path for file in files if not file.obstacle]
    workspaces = load_files(task.root, alone, task.config.load_timeout, start)
    loaded = [workspace for workspace in workspaces if workspace.locations]
    subjects = [subject for workspace in loaded for subject in _subjects(workspace)]
    kept = [
        Skipped(
            file.path.relative_to(task.root).as_posix(),
            file.line,
            f"its definitions were not loaded: {file.obstacle}",
        )
        for file in files
        if file.obstacle
    ]
    failed = [
        Skipped(item.path or ".", item.line, f"its definitions do not load: {item.cause}", item.column)
        for workspace in workspaces
        for item in workspace.failures
    ]
    return LoadedOutcome(
        merged([_found(task, subjects), Outcome(skipped=(*kept, *failed))]),
        loaded=bool(loaded),
        whole=not kept and not failed,
    )


def _subjects(workspace: LoadedWorkspace) -> tuple[object, ...]:
    return (*workspace.locations, workspace, *workspace.reloadable)


def _found(task: Task, subjects: Iterable[object]) -> Outcome:
    return merged(run_each(task.reading(type(subject)), subject, task.config.options) for subject in subjects)


def _unloaded(error: DagwayError) -> LoadedOutcome:
    return LoadedOutcome(Outcome(skipped=(Skipped(".", 1, f"the definitions were not loaded: {error}"),)))


def report(task: Task, text: TextOutcome, loaded: LoadedOutcome) -> Report:
    """What of all that is shown: findings in the files asked about that nothing silences and the baseline has not."""
    every = merged([text.outcome, loaded.outcome])
    hidden = mask(task.root, every.findings)
    whole = masked(every, hidden)
    silence = Silence(task, text.ignores, _ran(task, whole, loaded))
    audible = silence.audible(whole.findings)
    about = silence.unused()
    wanted = text.wanted

    def is_wanted(item: Finding) -> bool:
        return item.path in wanted or not (task.root / item.path).is_file()

    shown = [item for item in (*audible, *about.findings) if is_wanted(item)]
    kept = task.baseline.new(shown, lambda path: not (task.root / path).exists())
    skipped = [item for item in whole.skipped if item.path in wanted or item.path == "."]
    return Report(
        findings=tuple(sorted(kept, key=lambda finding: finding.order)),
        crashes=(*whole.crashes, *about.crashes),
        skipped=(*skipped, *masked(Outcome(skipped=tuple(_untold(loaded.failures, kept))), hidden).skipped),
        not_run=() if loaded.loaded else tuple(_not_run(task, loaded.failures)),
        files=len(wanted),
        ignored=sum(map(is_wanted, set(whole.findings).difference(audible))),
        baselined=len(shown) - len(kept),
        mask=hidden,
    )


def _not_run(task: Task, failures: Sequence[LoadFailure]) -> Iterator[str]:
    """The rules that had nothing to read, for nothing loaded; why it did not is told by a rule too."""
    return (
        rule.id for rule in task.rules if rule.kind == "L" and not (failures and rule.reads is LoadFailure)
    )


def _ran(task: Task, whole: Outcome, loaded: LoadedOutcome) -> Iterable[Rule]:
    """The rules that had all they read, and said all they had to say."""
    crashed = {crash.rule for crash in whole.crashes}
    return (rule for rule in task.rules if (rule.kind == "S" or loaded.whole) and rule.id not in crashed)


def _untold(failures: Iterable[LoadFailure], findings: Iterable[Finding]) -> Iterator[Skipped]:
    """Why definitions did not load, where no finding says it: what reads them would seem to have found nothing."""
    if any(item.rule == UNLOADABLE for item in findings):
        return
    for failure in failures:
        place = f"{failure.path}:{failure.line}: " if failure.path else ""
        yield Skipped(".", 1, f"the definitions do not load: {place}{failure.cause}")
