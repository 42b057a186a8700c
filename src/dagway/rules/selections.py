"""Where a project writes asset selections as text, and what Dagster makes of them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from dagway.rules.model import Edit, Fix, Problem
from dagway.rules.source.python import PythonFile, keyword, positional
from dagway.rules.source.text import TextFile
from dagway.rules.source.yaml import YamlFile

if TYPE_CHECKING:
    import yaml

#: Calls and decorators of Dagster with the arguments that are selections.
TAKERS = {
    "define_asset_job": ("selection",),
    "materialize": ("selection",),
    "materialize_to_memory": ("selection",),
    "ScheduleDefinition": ("target",),
    "SensorDefinition": ("target", "asset_selection"),
    "AutomationConditionSensorDefinition": ("target", "asset_selection"),
    "sensor": ("target", "asset_selection"),
    "schedule": ("target",),
}
#: Those that take it without its name too, and as which.
POSITIONS = {"define_asset_job": 1, "materialize": 7, "materialize_to_memory": 7}
_VALUE = r"[A-Za-z_][A-Za-z0-9_]*"
_TERM = re.compile(
    rf"^(\d*\+)?(?:(?:group|kind|owner|tag):(?:{_VALUE}|\"[^\"*]*\")(?:(?<=.)=(?:{_VALUE}|\"[^\"]*\"))?"
    rf"|key:(?:[A-Za-z_*][A-Za-z0-9_*/]*|\"[^\"]*\")|\*)(\+\d*)?$"
)
_BARE = re.compile(r"^\+*[A-Za-z0-9_./-]+\+*$")
_STARRED = re.compile(r"^(?P<up>\*?)(?P<name>[^\s*:\"'|&()+]+)(?P<down>\*?)$")


class Reading(Enum):
    """What Dagster makes of a selection."""

    GOOD = "good"
    REJECTED = "rejected"
    ONE_TAG = "one tag"
    LINEAGE = "lineage"


@dataclass(frozen=True, eq=False)
class Selection:
    """One selection as text; `edit` replaces it where it is written as one literal."""

    node: ast.expr | yaml.ScalarNode
    text: str
    file: PythonFile | YamlFile

    def problem(self, message: str, remedy: str, fix: Fix | None = None) -> Problem:
        """A problem at the selection."""
        if isinstance(self.node, ast.expr) and isinstance(self.file, PythonFile):
            return self.file.problem(self.node, message, remedy, fix=fix)
        assert not isinstance(self.node, ast.expr)
        mark = self.node.start_mark
        return self.file.at(mark.line + 1, mark.column + 1, message, remedy, fix=fix)

    def edit(self, text: str) -> Edit | None:
        """The text replaced; None where it is not written as one plain literal."""
        if isinstance(self.file, PythonFile):
            return self._python_edit(self.file, text)
        return self._yaml_edit(self.file, text)

    def _python_edit(self, file: PythonFile, text: str) -> Edit | None:
        assert isinstance(self.node, ast.expr)
        written = file.source(self.node)
        if written not in {f'"{self.text}"', f"'{self.text}'"}:
            return None
        quote = next((mark for mark in (written[0], '"', "'") if mark not in text), None)
        return file.edit(self.node, f"{quote}{text}{quote}") if quote else None

    def _yaml_edit(self, file: YamlFile, text: str) -> Edit | None:
        assert not isinstance(self.node, ast.expr)
        start, end = self.node.start_mark.index, self.node.end_mark.index
        written = file.text[start:end]
        if written not in {self.text, f'"{self.text}"', f"'{self.text}'"} or "'" in text:
            return None
        quote = '"' if written[0] == '"' and not set(text) & {'"', "\\"} else "'"
        return Edit(start, end, f"{quote}{text}{quote}")


def read(text: str) -> Reading:
    """What Dagster makes of the text. What is plainly good is told at once; for the rest Dagster itself is asked."""
    stripped = text.strip()
    if _is_plain(stripped):
        return Reading.GOOD
    if stripped != "*" and "*" in stripped and _STARRED.match(stripped):
        return Reading.LINEAGE
    return _ask(text)


def _is_plain(text: str) -> bool:
    parts = re.split(r"\s+(?:and|or)\s+", text)
    return all(_TERM.match(part) for part in parts) or bool(_BARE.match(text) and "*" not in text)


@cache
def _ask(text: str) -> Reading:
    import dagster as dg

    with warnings.catch_warnings(action="ignore"):
        try:
            selection = dg.AssetSelection.from_string(text)
        # Dagster's parsers raise several kinds of errors, its own and those of their generator.
        except Exception:
            return Reading.REJECTED
    key, value = getattr(selection, "key", None), getattr(selection, "value", None)
    is_tag = isinstance(key, str) and isinstance(value, str)
    return Reading.ONE_TAG if is_tag and re.search(r"\s", f"{key}{value}") else Reading.GOOD


def corrected(text: str) -> str | None:
    """The selection that was meant, in Dagster's grammar; None if it cannot be told."""
    # Importing a component imports Dagster: only what Dagster was asked about comes here.
    from dagway.components.selection import translate

    try:
        meant = translate(text)
    except ValueError:
        return None
    # A condition without a value was no condition: what it was cannot be told.
    is_whole = meant != text and ':""' not in meant
    return meant if is_whole and read(meant) is Reading.GOOD else None


def selections(file: TextFile) -> Iterator[Selection]:
    """Every selection in a file."""
    if isinstance(file, PythonFile):
        yield from in_python(file)
    elif isinstance(file, YamlFile):
        yield from in_yaml(file)


def in_python(file: PythonFile) -> Iterator[Selection]:
    """Every text that is given to Dagster as a selection."""
    for name, arguments in TAKERS.items():
        for call, _ in file.calls(name):
            for argument in arguments:
                yield from _texts(file, keyword(call, argument))
            yield from _texts(file, positional(call, POSITIONS.get(name)))
    for call, _ in file.calls("from_string"):
        if call.args and ".AssetSelection." in file.resolve(call.func):
            yield from _texts(file, call.args[0])


def _texts(file: PythonFile, node: ast.expr | None) -> Iterator[Selection]:
    if node is None:
        return
    meant = file.expression(node)
    items = meant.elts if isinstance(meant, ast.List | ast.Tuple) else [meant]
    for item in items:
        literal = file.expression(item)
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
            yield Selection(literal, literal.value, file)


def in_yaml(file: YamlFile) -> Iterator[Selection]:
    """The selections in a component's YAML; Dagway's own components understand more than Dagster's grammar."""
    if not file.is_component or any(
        path == ("type",) and node.value.startswith("dagway.") for path, node in file.scalars
    ):
        return
    for path, node in file.scalars:
        # What other components call a `selection` is dbt's, or anything.
        is_selection = path[-1:] == ("asset_selection",) or path == _POST_PROCESSING
        if is_selection and "{{" not in node.value and node.tag != _NULL:
            yield Selection(node, node.value, file)


_POST_PROCESSING = ("post_processing", "assets", "target")
_NULL = "tag:yaml.org,2002:null"
