"""What to check and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dagway.rules.baseline import Baseline
from dagway.rules.config import Config
from dagway.rules.rule import Rule


@dataclass(frozen=True)
class Task:
    """One project, and the rules for it.

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

    def reading(self, kind: type) -> list[Rule]:
        """The rules whose subject is of this type."""
        return [rule for rule in self.rules if rule.reads is kind]

    @property
    def loads(self) -> bool:
        """Whether the project's code is run."""
        return self.load and any(rule.kind == "L" for rule in self.rules)
