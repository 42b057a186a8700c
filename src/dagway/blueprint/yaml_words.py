"""What the YAML reader says, in words that tell what to write."""

from __future__ import annotations

import yaml

_WORDS = {
    "mapping values are not allowed": (
        "a `:` where no key can stand",
        "put quotes around a text with `: ` in it, or mend the indentation",
    ),
    "cannot start any token": (
        "a value begins with a character that YAML keeps for itself",
        "indent with spaces, not tabs; put quotes around a text that begins with @, `, % or a tab",
    ),
    "unexpected end of stream": ("a quote is opened and never closed", "close the quote"),
    "could not find expected ':'": (
        "a key without its `:`",
        "write `key: value`, or indent the line under its text",
    ),
    "expected ',' or ']'": (
        "a list is opened with `[` and not closed",
        "close it with `]`, items apart by commas",
    ),
    "expected ',' or '}'": (
        "a mapping is opened with `{` and not closed",
        "close it with `}`, entries apart by commas",
    ),
    "did not find expected key": (
        "this line fits no mapping above it",
        "indent it as the keys beside it; put quotes around a text that goes on after its quote",
    ),
    "expected '-' indicator": (
        "this line fits no list above it",
        "begin it with `- `, or indent it as the keys beside it",
    ),
    "unknown escape character": (
        "an unknown escape in double quotes",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    "control characters are not allowed": ("a control character", "remove it; the file must be plain text"),
    "did not find expected node content": (
        "a value is missing here",
        "write the value, or close the bracket before it",
    ),
}


def syntax_mistake(error: yaml.YAMLError, text: str) -> tuple[tuple[int, int], str, str]:
    """Place, message and remedy of what the YAML reader did not like."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    for words, (message, remedy) in _WORDS.items():
        if words in problem:
            return _place(error, text), f"not YAML: {message}{_opened(error)}", remedy
    return _place(error, text), f"not YAML: {problem}", "mend this line or the one before it"


def _opened(error: yaml.YAMLError) -> str:
    """Where the unfinished thing begins, if on another line."""
    start, end = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    if start is None or end is None or start.line == end.line:
        return ""
    return f"; it begins on line {start.line + 1}"


def _place(error: yaml.YAMLError, text: str) -> tuple[int, int]:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return mark.line + 1, mark.column + 1
    position = getattr(error, "position", None)
    before = text.encode("utf-8")[:position].decode("utf-8", "ignore") if isinstance(position, int) else ""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
