"""How a project wants to be checked: `[tool.dagway.check]` in pyproject.toml."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

from dagway.errors import DagwayError
from dagway.rules.collect import matches
from dagway.rules.model import PRESETS, Preset
from dagway.rules.rule import Rule
from dagway.rules.source.tree import table

KEYS = ("preset", "select", "ignore", "exclude", "per-path-ignores", "baseline", "load-timeout", "rules")
#: Seconds that loading the definitions may take.
LOAD_TIMEOUT = 300


@dataclass(frozen=True)
class Config:
    """What is checked.

    Attributes:
        select: patterns of rule ids; these and no others, whatever the preset. Empty: the preset decides.
        ignore: patterns of rule ids that do not run.
        exclude: patterns of paths that are not checked.
        per_path_ignores: pattern of paths → patterns of rule ids that are silent there.
        baseline: a file of known findings, relative to the root; empty for none.
        options: rule id → option → value.
    """

    preset: Preset = "recommended"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    baseline: str = ""
    load_timeout: float = LOAD_TIMEOUT
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def active(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules that run."""
        return tuple(rule for rule in rules if self._is_active(rule))

    def _is_active(self, rule: Rule) -> bool:
        if _any_matches(rule.id, self.ignore):
            return False
        return _any_matches(rule.id, self.select) if self.select else rule.severity in PRESETS[self.preset]

    def is_silenced(self, path: str, rule: str) -> bool:
        """Whether the path's configuration ignores the rule."""
        return any(
            matches(path, [pattern]) and _any_matches(rule, ids)
            for pattern, ids in self.per_path_ignores.items()
        )

    def with_choices(self, *, preset: Preset | None, select: Sequence[str], ignore: Sequence[str]) -> Config:
        """What the command line says wins: a preset also over the file's selection."""
        chosen = replace(self, ignore=(*self.ignore, *ignore))
        if preset:
            chosen = replace(chosen, preset=preset, select=())
        return replace(chosen, select=tuple(select)) if select else chosen


class ConfigError(DagwayError):
    """A mistake in the configuration; `written` is the part of it that is wrong."""

    def __init__(self, message: str, remedy: str, written: str) -> None:
        super().__init__(message, remedy)
        self.written = written


def read(root: Path, rules: Sequence[Rule]) -> Config:
    """The project's configuration; the defaults where there is none.

    Raises:
        DagwayError: a key, rule or option that there is not, or a value of the wrong type.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return Config()
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DagwayError(f"{path} is not valid TOML: {error}.", "Mend the file.") from error
    try:
        return parse(table(content, "tool", "dagway", "check"), rules, _SECTION)
    except ConfigError as error:
        place = f"{path.name}:{_line(text, error.written)}"
        raise DagwayError(f"{place} {error.message}", error.remedy) from error


_SECTION = "[tool.dagway.check]"


def _line(text: str, written: str) -> int:
    """The first line of the section that holds what is wrong; that of the section itself where it is written otherwise."""
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if "tool.dagway" in line), 0)
    return 1 + next((number for number in range(begin, len(lines)) if written in lines[number]), begin)


def parse(given: Mapping[str, Any], rules: Sequence[Rule], where: str) -> Config:
    """The configuration from a table; `where` begins each message."""
    for key in given:
        if key not in KEYS:
            raise unknown(where, "key", key, KEYS)
    return Config(
        preset=cast("Preset", _choice(given, "preset", tuple(PRESETS), "recommended", where)),
        select=_patterns(given, "select", rules, where),
        ignore=_patterns(given, "ignore", rules, where),
        exclude=_texts(given, "exclude", where),
        per_path_ignores=_per_path(given, rules, where),
        baseline=_typed(given, "baseline", str, "", where),
        load_timeout=_typed(given, "load-timeout", (int, float), LOAD_TIMEOUT, where),
        options=_options(given, rules, where),
    )


def check_patterns(patterns: Iterable[str], rules: Sequence[Rule], where: str) -> None:
    """Raises a DagwayError for a pattern that is no rule's id and matches none."""
    for pattern in patterns:
        if not any(fnmatch(rule.id, pattern) for rule in rules):
            raise unknown(where, "rule", pattern, [rule.id for rule in rules])


def unknown(where: str, noun: str, name: str, known: Sequence[str]) -> ConfigError:
    """The error for a name that there is not, with the nearest that there is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    listed = f"There are: {', '.join(known)}." if len(known) < 12 else "`dagway rules` lists them."
    listed = listed if known else "There is none."
    return ConfigError(
        f"{where}: there is no {noun} {name!r}.",
        f"Did you mean {near[0]!r}?" if near else listed,
        name,
    )


def _any_matches(identity: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(identity, pattern) for pattern in patterns)


def _typed(given: Mapping[str, Any], key: str, kind: Any, default: Any, where: str) -> Any:
    value = given.get(key, default)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = kind.__name__ if isinstance(kind, type) else "number"
        raise ConfigError(f"{where}: {key} is {value!r}.", f"Write a {_NOUNS.get(names, names)}.", key)
    return value


_NOUNS = {"str": "text in quotes", "list": "list of texts", "dict": "table", "int": "number"}


def _choice(given: Mapping[str, Any], key: str, known: Sequence[str], default: str, where: str) -> str:
    value = _typed(given, key, str, default, where)
    if value not in known:
        raise unknown(where, key, value, known)
    return value


def _texts(given: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = cast("list[object]", _typed(given, key, list, [], where))
    if not all(isinstance(value, str) for value in values):
        raise ConfigError(f"{where}: {key} is {values!r}.", "Write a list of texts.", key)
    return tuple(cast("list[str]", values))


def _patterns(given: Mapping[str, Any], key: str, rules: Sequence[Rule], where: str) -> tuple[str, ...]:
    patterns = _texts(given, key, where)
    check_patterns(patterns, rules, f"{where} {key}")
    return patterns


def _per_path(given: Mapping[str, Any], rules: Sequence[Rule], where: str) -> Mapping[str, tuple[str, ...]]:
    section = cast("dict[str, Any]", _typed(given, "per-path-ignores", dict, {}, where))
    inside = f"{where} per-path-ignores"
    return {pattern: _patterns(section, pattern, rules, inside) for pattern in section}


def _options(given: Mapping[str, Any], rules: Sequence[Rule], where: str) -> Mapping[str, Mapping[str, Any]]:
    sections = cast("dict[str, Any]", _typed(given, "rules", dict, {}, where))
    known = {rule.id: rule for rule in rules}
    for identity in sections:
        if identity not in known:
            raise unknown(f"{where} rules", "rule", identity, list(known))
    return {
        identity: _rule_options(_typed(sections, identity, dict, {}, where), known[identity], where)
        for identity in sections
    }


def _rule_options(given: Mapping[str, Any], rule: Rule, where: str) -> Mapping[str, Any]:
    inside = f"{where} rules.{rule.id}"
    named = {key.replace("-", "_"): key for key in given}
    for name, written in named.items():
        if name not in rule.options:
            raise unknown(inside, "option", written, list(rule.options))
    return {name: _option(given, key, rule.options[name], inside) for name, key in named.items()}


def _option(given: Mapping[str, Any], key: str, default: Any, where: str) -> Any:
    """The value as the default's type: a list becomes a tuple."""
    if isinstance(default, tuple):
        return _texts(given, key, where)
    if isinstance(default, float):
        return _typed(given, key, (int, float), default, where)
    return _typed(given, key, type(default), default, where)
