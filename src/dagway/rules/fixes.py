"""Applies fixes to files: text edits, so that everything else stays as it was written."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dagway.rules.model import Edit, Finding, Fix


@dataclass(frozen=True)
class Applied:
    """How many findings were mended, and in which files."""

    count: int = 0
    paths: tuple[str, ...] = ()


def apply(root: Path, findings: Iterable[Finding], *, unsafe: bool) -> Applied:
    """Writes the fixes to the files; of two that overlap only the first, for the next round finds the other.

    Args:
        unsafe: also those that may change what the project does.
    """
    by_path: dict[str, list[Fix]] = {}
    for finding in findings:
        if finding.fix and (unsafe or finding.fix.safe):
            by_path.setdefault(finding.path, []).append(finding.fix)
    counts = {path: _apply(root / path, fixes) for path, fixes in by_path.items()}
    return Applied(sum(counts.values()), tuple(path for path, count in counts.items() if count))


def _apply(path: Path, fixes: Sequence[Fix]) -> int:
    """The number of fixes applied to one file; none if the result would not be valid Python."""
    before = path.read_bytes().decode("utf-8")
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    edits, count = _compatible(fixes)
    text = edited(before.removeprefix(mark), edits)
    if path.suffix == ".py" and not _compiles(text):
        return 0
    if edits:
        path.write_bytes(f"{mark}{text}".encode())
    return count + _rename(path, fixes)


def _rename(path: Path, fixes: Sequence[Fix]) -> int:
    """1 if the file was renamed; a file that is there already is not replaced."""
    name = next((fix.rename for fix in fixes if fix.rename), "")
    if not name or path.with_name(name).exists():
        return 0
    path.rename(path.with_name(name))
    return 1


def _compatible(fixes: Sequence[Fix]) -> tuple[list[Edit], int]:
    """The edits that can be made at once, and of how many fixes they are. The same edit wanted twice is made once."""
    chosen: list[Edit] = []
    count = 0
    for fix in fixes:
        fresh = [edit for edit in fix.edits if edit not in chosen]
        if fix.edits and not any(_overlap(edit, other) for edit in fresh for other in chosen):
            chosen += fresh
            count += 1
    return chosen, count


def _overlap(one: Edit, other: Edit) -> bool:
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made, which must not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _compiles(text: str) -> bool:
    """Whether Python takes the text; some mistakes, such as a repeated argument, are found by the compiler only."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
