"""Comments that silence a rule where they stand: `# dagway: ignore[rule-id] reason`, in SQL after `--`."""

from __future__ import annotations

import ast
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dagway.rules.model import Finding
from dagway.rules.source.python import PythonFile
from dagway.rules.source.text import TextFile
from dagway.rules.source.yaml import YamlFile

if TYPE_CHECKING:
    import yaml

MARK = "dagway:"
_COMMENT = re.compile(r"(?:#|--)[ \t]*dagway:[ \t]*ignore\b(?:[ \t]*\[(?P<rules>[^\]\n]*)\])?")
#: The texts of SQL as all its dialects write them, each on one line: a quote that is still open at the end of its line says nothing.
_SQL = re.compile(
    r"""\{\#.*?\#\}|(?:--|\#).*|/\*.*?\*/"""
    r"""|(?P<text>(?P<tag>\$\w*\$).*?(?P=tag)|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`[^`\n]*`)|['"`].*"""
)
_ALONE = re.compile(r"\s*(?:#|--)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule, or pattern of rules, that a comment silences on the lines `first` to `last`."""

    rule: str
    path: str
    line: int
    column: int
    first: int
    last: int

    def names(self, rule: str) -> bool:
        return fnmatchcase(rule, self.rule)

    def covers(self, finding: Finding) -> bool:
        return (
            self.first <= finding.line <= self.last and finding.path == self.path and self.names(finding.rule)
        )


@dataclass(frozen=True)
class UnusedIgnores:
    """The ignores that silenced nothing: of rules that ran, and those that name no rule at all."""

    ignores: tuple[Ignore, ...]
    unknown: tuple[Ignore, ...] = ()


def ignores(file: TextFile) -> tuple[Ignore, ...]:
    """Every ignore of a file, with the lines that it holds for. One that names no rule has an empty one."""
    return tuple(_ignores(file)) if MARK in file.text else ()


def _ignores(file: TextFile) -> Iterator[Ignore]:
    lines = file.tree_lines if isinstance(file, PythonFile) else file.lines
    spans: list[tuple[int, int, int]] | None = None
    for number, column, match in _comments(file):
        spans = _spans(file) if spans is None else spans
        anchor = _following(lines, number) if _ALONE.match(lines[number - 1]) else number
        first, last = _covered(spans, anchor)
        named = [identity.strip() for identity in (match["rules"] or "").split(",")]
        for identity in [name for name in named if name] or [""]:
            yield Ignore(identity, file.path, number, column, min(first, number), last)


def _comments(file: TextFile) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Line and column of each comment that ignores something."""
    if isinstance(file, PythonFile):
        for token in _tokens(file):
            if token.type == tokenize.COMMENT:
                line, before = token.start
                for match in _COMMENT.finditer(token.string):
                    yield line, before + match.start() + 1, match
        return
    texts = list(_texts(file))
    for match in _COMMENT.finditer(file.text):
        place = match.start()
        if not any(first <= place < last for first, last in texts):
            line = bisect_right(file.line_starts, place)
            yield line, place - file.line_starts[line - 1] + 1, match


def _tokens(file: PythonFile) -> Iterator[tokenize.TokenInfo]:
    lines = (f"{line}\n" for line in file.tree_lines)
    # Before Python 3.12 this tokenizer is not the parser's, and may refuse what parses: what came before is known.
    with suppress(tokenize.TokenError, SyntaxError):
        yield from tokenize.generate_tokens(lambda: next(lines, ""))


def _texts(file: TextFile) -> Iterator[tuple[int, int]]:
    """First and last offset of each text: what looks like a comment in it is none."""
    if not isinstance(file, YamlFile):
        yield from (match.span() for match in _SQL.finditer(file.text) if match["text"])
        return
    for _, node in file.scalars:
        first, last = node.start_mark.index, node.end_mark.index
        # A comment may stand behind the mark that begins a block of text.
        yield (file.text.find("\n", first, last) if node.style in {"|", ">"} else first), last


def _following(lines: list[str], number: int) -> int:
    """The line that a comment on a line of its own speaks of: the next one that is no comment."""
    after = (at for at in range(number + 1, len(lines) + 1) if lines[at - 1].strip())
    return next((at for at in after if not _ALONE.match(lines[at - 1])), number)


def _covered(spans: Iterable[tuple[int, int, int]], line: int) -> tuple[int, int]:
    """The widest span whose head the line is in; the line itself where there is none."""
    around = [(first, last) for first, head, last in spans if first <= line <= head]
    return max(around, key=lambda span: span[1] - span[0], default=(line, line))


def _spans(file: TextFile) -> list[tuple[int, int, int]]:
    """First line, last line of the head, last line: an ignore in the head holds for all of it."""
    if isinstance(file, PythonFile):
        return list(_python_spans(file))
    return list(_yaml_spans(file)) if isinstance(file, YamlFile) else []


def _python_spans(file: PythonFile) -> Iterator[tuple[int, int, int]]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield first, max(node.body[0].lineno - 1, node.lineno), node.end_lineno or node.lineno
        elif isinstance(node, ast.stmt) and not hasattr(node, "body"):
            last = node.end_lineno or node.lineno
            yield node.lineno, last, last


def _yaml_spans(file: YamlFile) -> Iterator[tuple[int, int, int]]:
    import yaml

    seen: set[int] = set()
    waiting = list(file.documents)
    while waiting:
        node = waiting.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        for key, value in _entries(node):
            head = (key or value).start_mark.line + 1
            yield head, head, max(_last_line(value), head)
            waiting.append(value)


def _entries(node: yaml.Node) -> Iterator[tuple[yaml.Node | None, yaml.Node]]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        yield from node.value
    elif isinstance(node, yaml.SequenceNode):
        yield from ((None, item) for item in node.value)


def _last_line(node: yaml.Node) -> int:
    """A block's end mark stands at the start of what follows it."""
    mark = node.end_mark
    return mark.line + 1 if mark.column else mark.line
