"""A rule: a function whose first parameter's type says what it reads, and whose other parameters are its options."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

from dagway.rules.model import Kind, Problem, Severity

SECTIONS = ("What", "Why", "Broken", "Right", "Source")
Check = Callable[..., Iterable[Problem]]


@dataclass(frozen=True, eq=False)
class Rule:
    """One convention.

    Attributes:
        kind: S reads source text, L reads the loaded project.
        fixable: some of its findings carry a fix.
        mentions: a file is read only if its text holds one of these; empty for every file.
        in_tests: files of tests are read too.
        secret: its findings stand at a secret. Where the rule runs, also where they are silenced or known, no output shows the
            line from there on, nor the secret as a word in what any rule says or a fix writes.
        url: the address of its page on the web; empty where it has none, and `dagway explain` alone shows it.
        reads: the type of what the function takes.
        options: name → default.
    """

    id: str
    kind: Kind
    severity: Severity
    fixable: bool
    mentions: tuple[str, ...]
    in_tests: bool
    secret: bool
    url: str
    function: Check
    reads: type
    options: Mapping[str, Any]

    @cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @cached_property
    def page(self) -> Mapping[str, str]:
        """The sections of the docstring: What, Why, Broken, Right, Source."""
        return dict(_sections(inspect.getdoc(self.function) or ""))

    def __call__(self, subject: Any, **options: Any) -> Iterable[Problem]:
        return self.function(subject, **options)


def rule(
    id: str,  # noqa: A002 - the catalogue's word
    *,
    severity: Severity,
    kind: Kind = "S",
    fixable: bool = False,
    mentions: tuple[str, ...] = (),
    in_tests: bool = False,
    secret: bool = False,
    url: str = "",
) -> Callable[[Check], Rule]:
    """Makes a rule of a function. Its docstring is its page, with the sections What, Why, Broken, Right and Source."""

    def make(function: Check) -> Rule:
        subject, *options = inspect.signature(function).parameters.values()
        return Rule(
            id=id,
            kind=kind,
            severity=severity,
            fixable=fixable,
            mentions=mentions,
            in_tests=in_tests,
            secret=secret,
            url=url,
            function=function,
            reads=get_type_hints(function)[subject.name],
            options={option.name: option.default for option in options},
        )

    return make


_HEADING = re.compile(rf"^({'|'.join(SECTIONS)})$", re.MULTILINE)


def _sections(text: str) -> Iterable[tuple[str, str]]:
    parts = _HEADING.split(text)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        yield name, textwrap.dedent(body.strip("\n")).strip()


_FILE = re.compile(r"^(?:#|--) file: (\S+)$")


def example_files(text: str) -> dict[str, str]:
    """The files of an example: path → text. A line `# file: defs/a.yaml` (or `-- file: …`) begins each.

    Without such a line it is one Python file.
    """
    files: dict[str, list[str]] = {}
    path = "example.py"
    for line in text.splitlines():
        if match := _FILE.match(line):
            path = match[1]
            files.setdefault(path, [])
        else:
            files.setdefault(path, []).append(line)
    return {name: "\n".join(lines).strip("\n") + "\n" for name, lines in files.items()}
