"""What somebody asks to be checked, before the project's configuration is read: a task is made of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dagway.errors import DagwayError
from dagway.rules.baseline import read as read_baseline
from dagway.rules.collect import project_root
from dagway.rules.config import check_patterns, read
from dagway.rules.model import Preset
from dagway.rules.task import Task

NAMED = "Write ids or patterns, such as --select 'removed-api,key-*'; `dagway rules` lists them."


@dataclass(frozen=True)
class Choices:
    """What the command line says of what is checked."""

    paths: tuple[Path, ...]
    preset: Preset | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    baseline: Path | None
    load: bool
    cached: bool

    def root(self) -> Path:
        return project_root(self.paths)

    def task(self, root: Path) -> Task:
        """With the project's configuration and baseline, as they are now."""
        task = self.task_without_baseline(root)
        known = self.known(task)
        return replace(task, baseline=read_baseline(known)) if known else task

    def task_without_baseline(self, root: Path) -> Task:
        """With the project's configuration, as it is now; what the baseline knows is found too."""
        from dagway.rules.library import library

        rules = library()
        check_patterns(self.select, rules, "--select")
        check_patterns(self.ignore, rules, "--ignore")
        config = read(root, rules).with_choices(preset=self.preset, select=self.select, ignore=self.ignore)
        active = config.active(rules)
        if not active:
            raise DagwayError("No rule is left to run: all that are selected are ignored too.", NAMED)
        resolved = tuple(path.resolve() for path in self.paths)
        return Task(root, resolved, active, config, load=self.load, cached=self.cached)

    def known(self, task: Task) -> Path | None:
        """The file of known findings, if there is to be one."""
        return self.baseline or (task.root / task.config.baseline if task.config.baseline else None)
