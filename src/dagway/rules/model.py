"""What rules say, as frozen values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
Kind = Literal["S", "L"]
Preset = Literal["essential", "recommended", "strict"]

#: The path of what is about the whole project.
WHOLE = "."
#: What is said of a rule where no definitions were loaded.
NOT_RUN = "was not run: it needs the definitions"
#: What stands for a secret.
HIDDEN = "***"
#: Which severities a preset shows.
PRESETS: dict[Preset, frozenset[Severity]] = {
    "essential": frozenset({"error"}),
    "recommended": frozenset({"error", "warning"}),
    "strict": frozenset({"error", "warning", "note"}),
}


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of a file's text become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends a finding.

    Attributes:
        edits: in the finding's file.
        safe: it cannot change what the project does, but for what is broken.
        rename: the file's new name in its folder; empty where it keeps its name.
    """

    edits: tuple[Edit, ...]
    safe: bool = True
    rename: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One place that breaks a rule, as the rule tells it. Lines and columns count from 1.

    Attributes:
        object: the asset key, job, sensor, variable or component that it is about.
        path: only where the rule reads more than one file; posix, relative to the project's root.
    """

    line: int
    column: int
    message: str
    remedy: str
    object: str = ""
    path: str = ""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule, as people and tools read it; the path is relative to the project's root.

    Attributes:
        url: the rule's page on the web, if it has one.
        secret: a secret stands at the place.
    """

    rule: str
    severity: Severity
    path: str
    line: int
    column: int
    object: str
    message: str
    remedy: str
    fix: Fix | None = None
    url: str = ""
    secret: bool = False

    @property
    def is_placed(self) -> bool:
        """Whether it is about a file."""
        return self.path != WHOLE

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Where it stands in a report: by file, then place, then rule."""
        return (self.path, self.line, self.column, self.rule, self.message)

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": self.severity,
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "object": self.object,
            "message": self.message,
            "remedy": self.remedy,
            "url": self.url,
            "fix": _fix_json(self.fix),
        }


def _fix_json(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in fix.edits]
    return {"safe": fix.safe, "edits": edits, **({"rename": fix.rename} if fix.rename else {})}


@dataclass(frozen=True, slots=True)
class Crash:
    """A rule that could not do its work: the tool's own failure, never a finding."""

    rule: str
    path: str
    error: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read, so that its rules were not run."""

    path: str
    line: int
    reason: str
    column: int = 1

    @property
    def told(self) -> str:
        """In words; without a place where it is about the whole project."""
        return f"was not checked: {self.reason}" if self.is_placed else self.reason

    @property
    def is_placed(self) -> bool:
        """Whether it is about a file."""
        return self.path != WHOLE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some rules gave."""

    findings: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def merged(outcomes: Iterable[Outcome]) -> Outcome:
    """Several outcomes as one, in their order."""
    every = list(outcomes)
    return Outcome(
        tuple(finding for one in every for finding in one.findings),
        tuple(crash for one in every for crash in one.crashes),
        tuple(skipped for one in every for skipped in one.skipped),
    )


@dataclass(frozen=True, slots=True)
class Mask:
    """What no output of a report shows.

    Attributes:
        places: path, line and column of each secret.
        texts: the secrets, the longest first.
    """

    places: frozenset[tuple[str, int, int]] = frozenset()
    texts: tuple[str, ...] = field(default=(), repr=False)

    def hide(self, text: str) -> str:
        """A text without the secrets that stand in it as words."""
        for secret in self.texts:
            if secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
        return text

    def hide_line(self, path: str, line: int, text: str) -> str:
        """A line of a file, up to the first secret on it: logs are read by more people than files."""
        first = min((at for file, number, at in self.places if (file, number) == (path, line)), default=0)
        return self.hide(f"{text[: first - 1]}{HIDDEN}" if first else text)


@dataclass(frozen=True)
class Report:
    """What one check found.

    Attributes:
        ignored: findings that a comment or a path's configuration silences.
        baselined: findings that the baseline already has.
        not_run: the rules that need the definitions, where none were loaded.
        mask: what no output shows of the files and the fixes; what rules say is without it already.
    """

    findings: tuple[Finding, ...]
    crashes: tuple[Crash, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    files: int = 0
    ignored: int = 0
    baselined: int = 0
    not_run: tuple[str, ...] = ()
    mask: Mask = Mask()

    @property
    def status(self) -> int:
        """The exit status: 2 if the tool failed, 1 if there is a finding, else 0."""
        return 2 if self.crashes else int(bool(self.findings))

    @property
    def summary(self) -> dict[str, Any]:
        counts = dict.fromkeys(("error", "warning", "note"), 0)
        for finding in self.findings:
            counts[finding.severity] += 1
        return {
            "findings": len(self.findings),
            **{f"{severity}s": count for severity, count in counts.items()},
            "files": self.files,
            "ignored": self.ignored,
            "baselined": self.baselined,
            "not_run": list(self.not_run),
            "crashed": [
                {"rule": crash.rule, "path": crash.path, "error": crash.error} for crash in self.crashes
            ],
            "skipped": [
                {"path": item.path, "line": item.line, "column": item.column, "reason": item.reason}
                for item in self.skipped
            ],
        }
