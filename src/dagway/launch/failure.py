"""The line of a project that raised an error, found in the text of its traceback."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dagway.launch.saying import Failure

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in .*(?:\n\s+(?P<code>[^\n]+))?')
#: Folders of code that is nobody's own.
_FOREIGN = ("/site-packages/", "/dist-packages/", "/lib/python3", "/lib64/python3", "<")


@dataclass(frozen=True)
class Raised:
    """One error of a chain of causes.

    Attributes:
        message: as Dagster keeps it: with the class before it.
        stack: the frames' texts, the caller first.
    """

    message: str
    stack: tuple[str, ...]


def failure_of(chain: Sequence[Raised], root: str = "") -> Failure | None:
    """What to show of an error.

    Args:
        chain: from what was reported to what was raised first; of an empty one nothing can be shown.
        root: the project's folder; what lies there is its own. Where it is empty, what is no installed package is.
    """
    if not chain:
        return None
    innermost = chain[-1]
    place, code = next((found for error in reversed(chain) if (found := _place(error, root))), ("", ""))
    stack = "\n".join(f"{error.message.strip()}\n{''.join(error.stack)}".rstrip() for error in chain)
    return Failure(innermost.message.strip(), place, code, stack)


def _place(error: Raised, root: str) -> tuple[str, str] | None:
    for frame in reversed(error.stack):
        match = _FRAME.match(frame)
        if match and _is_own(match["file"], root):
            return f"{_shown(match['file'], root)}:{match['line']}", (match["code"] or "").strip()
    return None


def _is_own(file: str, root: str) -> bool:
    return (not root or file.startswith(f"{root}/")) and not any(part in file for part in _FOREIGN)


def _shown(file: str, root: str) -> str:
    return os.path.relpath(file, root) if root else file
