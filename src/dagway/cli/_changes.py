"""What a build changed on disk, or would change, for a person at a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagway.cli._output import console
from dagway.cli._verdict import shown
from dagway.prototype.model import slash

if TYPE_CHECKING:
    from dagway.prototype.model import Plan
    from dagway.prototype.write import Changes

#: A file's part of a unified diff begins with these two lines; a removed SQL comment begins with the first alone.
_FILE = re.compile(r"^--- (?P<path>.+)\n\+\+\+ ", re.MULTILINE)
_STYLES = {"+": "green", "-": "red", "@": "cyan"}
#: Most names that one kind of change prints; a first build creates dozens of files.
LISTED = 12


def show(changes: Changes, folder: Path, *, diff: bool) -> None:
    """Prints how many files changed and which; the differences with `diff`, else those of files that people changed."""
    screen = console()
    screen.print(_summary(changes, folder, diff=diff), soft_wrap=True)
    for line in _lines(changes):
        screen.print(f"  {line}", soft_wrap=True)
    for path, text in differences(changes.diffs):
        if diff or path in changes.kept:
            for line in text.splitlines():
                screen.print(line, style=_STYLES.get(line[:1], ""), soft_wrap=True)


def show_lacking(plan: Plan) -> None:
    """Prints what the build could not make of the blueprint, where no proof follows that says so."""
    screen = console()
    for asset in plan.assets:
        if not asset.buildable:
            screen.print(f"not built: {slash(asset.key)}: {asset.reason}", style="red", soft_wrap=True)
    for requirement in plan.requirements:
        if not requirement.met_by:
            screen.print(f"unmet: {requirement.id}: {requirement.text}", style="red", soft_wrap=True)


def differences(text: str) -> Iterator[tuple[str, str]]:
    """Each file of a unified diff, with its part of the text."""
    found = list(_FILE.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    for match, end in zip(found, ends, strict=False):
        yield match["path"], text[match.start() : end]


def _summary(changes: Changes, folder: Path, *, diff: bool) -> str:
    counts = {
        "created": changes.created,
        "updated": changes.updated,
        "removed": changes.removed,
        "kept": changes.kept,
        "unchanged": changes.unchanged,
    }
    said = ", ".join(f"{len(paths)} {name}" for name, paths in counts.items() if paths) or "nothing to do"
    return f"{'Would build' if diff else 'Built'} {shown(folder)}: {said}"


def _lines(changes: Changes) -> Iterator[str]:
    """The files by name. What a person made is never cut short, and neither are they told of a first build's files."""
    first_build = not (changes.updated or changes.unchanged or changes.kept)
    for word, paths in (
        ("created", changes.created),
        ("updated", changes.updated),
        ("removed", changes.removed),
    ):
        if not first_build:
            yield from (f"{word} {path}" for path in paths[:LISTED])
            if len(paths) > LISTED:
                yield f"{word} {len(paths) - LISTED} more"
    for path in changes.kept:
        beside = f"{path}.dagway-new"
        yield f"kept {path}, changed by hand" + (f"; ours is in {beside}" if beside in changes.beside else "")
    yield from (f"left out {path}, deleted by hand" for path in changes.deleted)
