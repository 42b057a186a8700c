"""Comments that silence a rule where they stand: `# dagway: ignore[rule-id] reason`, in SQL after `--`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagway.rules.model import Finding
from dagway.rules.source.python import PythonFile
from dagway.rules.source.text import TextFile
from dagway.rules.source.yaml import YamlFile

if TYPE_CHECKING:
    import yaml

MARK = "dagway: ignore"
_COMMENT = re.compile(r"(?:#|--)\s*dagway: ignore\[(?P<rules>[^\]]*)\]")
_ALONE = re.compile(r"\s*(?:#|--)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule that a comment silences, on the lines `first` to `last`."""

    rule: str
    path: str
    line: int
    column: int
    first: int
    last: int

    def covers(self, finding: Finding) -> bool:
        return (
            finding.rule == self.rule
            and finding.path == self.path
            and self.first <= finding.line <= self.last
        )


@dataclass(frozen=True)
class UnusedIgnores:
    """The ignores that silenced nothing, of rules that ran."""

    ignores: tuple[Ignore, ...]


def ignores(file: TextFile) -> tuple[Ignore, ...]:
    """Every ignore of a file, with the lines that it holds for."""
    return tuple(_ignores(file)) if MARK in file.text else ()


def _ignores(file: TextFile) -> Iterator[Ignore]:
    lines = file.lines
    spans: list[tuple[int, int, int]] | None = None
    for number, line, match in _comments(file):
        spans = _spans(file) if spans is None else spans
        anchor = _following(lines, number) if _ALONE.match(line) else number
        first, last = _covered(spans, anchor)
        for identity in match["rules"].split(","):
            if identity.strip():
                column = match.start() + 1
                yield Ignore(identity.strip(), file.path, number, column, min(first, number), last)


def _comments(file: TextFile) -> Iterator[tuple[int, str, re.Match[str]]]:
    texts = _text_lines(file)
    for number, line in enumerate(file.lines, start=1):
        if number not in texts and (match := _COMMENT.search(line)):
            yield number, line, match


def _text_lines(file: TextFile) -> frozenset[int]:
    """Lines inside texts of several lines: what looks like a comment there is none."""
    spans: list[tuple[int, int]] = []
    if isinstance(file, PythonFile):
        texts = (node for node in file.nodes(ast.Constant) if isinstance(node.value, str))
        spans = [(node.lineno, node.end_lineno or node.lineno) for node in texts]
    elif isinstance(file, YamlFile):
        spans = [(node.start_mark.line + 2, node.end_mark.line + 1) for _, node in file.scalars]
    return frozenset(line for first, last in spans for line in range(first, last))


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
