"""Where a load failed that names no place, by what the project says; and what to do about it, where the cause says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dagway.project.locate import Location
from dagway.rules.collect import below
from dagway.rules.loaded import LoadFailure
from dagway.rules.model import Skipped
from dagway.rules.source.read import UnreadableError, content, read
from dagway.rules.source.text import tree_lines

_QUOTED = re.compile(r"""["'`]([\w.\-/]+)["'`]""")
_FUNCTION = re.compile(r"\s*(?:async )?def (\w+)\(")
#: What Dagster says of one definition by its name: its line is the place.
_NAMED = re.compile(
    r"""conflicting node definitions with the same name "(?P<clash>\w+)"|the AssetsDefinition '(?P<asset>\w+)' contains"""
)
_ASKED = re.compile(r"\bPlease (?P<what>[^.]+)\.")
#: What begins a remedy that only says to mend the place.
_VAGUE = "Mend "
_REMEDIES = (
    (
        re.compile(r"^No (?:Definitions|repository)\b"),
        "Write defs = dg.Definitions(...) there, or name the file that has it",
    ),
    (re.compile(r"conflicting node definitions"), "Rename one: Dagster reads an underscore for each sign"),
)
_CONFIGURATION = ("workspace.yaml", "pyproject.toml", "dg.toml")
#: The keys of the configuration that name what a location loads.
_KEYS = (
    r"\b(?:python_file|relative_path|python_module|module_name|python_package|package_name|root_module"
    r"|code_location_target_module)[\"']?\s*[:=]\s*[\"']?"
)
Place = tuple[Path, int]


def placed(failure: LoadFailure, root: Path, location: Location) -> LoadFailure:
    """The failure at its place, or else at the likeliest one: where a thing that it names is written, or the location's file."""
    if failure.path:
        place = root / failure.path, failure.line
    else:
        every = (place for place in _places(failure.cause, root, location) if place[0].is_relative_to(root))
        place = next(every, None)
    if place is None:
        return replace(failure, remedy=_remedy(failure))
    path, line = place[0].relative_to(root).as_posix(), place[1]
    return replace(
        failure,
        path=path,
        line=line,
        column=_column(*place),
        remedy=_remedy(failure, "Mend this line, then try again."),
    )


def _remedy(failure: LoadFailure, otherwise: str = "") -> str:
    if not failure.remedy.startswith(_VAGUE):
        return failure.remedy
    if known := next((remedy for pattern, remedy in _REMEDIES if pattern.search(failure.cause)), ""):
        return known
    if asked := _ASKED.search(failure.cause):
        return asked["what"][0].upper() + asked["what"][1:]
    # The finding has the path, as one opens it from where one stands.
    return otherwise or failure.remedy


def _places(cause: str, root: Path, location: Location) -> Iterator[Place]:
    target = _target(location)
    if target is None:
        files = [file for name in _CONFIGURATION if (file := location.root / name).is_file()]
        value = location.file.name if location.file else location.module
        named = rf"(?:[^\"'\s#]*/)?{re.escape(value)}(?![\w.])" if value else ""
        key = re.compile(rf"^[^#]*?{_KEYS}{named}")
        yield from ((file, number) for file in files for number, text in _lines(file) if key.match(text))
        yield from ((file, 1) for file in files)
        return
    if match := _NAMED.search(cause):
        files = [root / name for name in below(root, target.parent) if name.endswith(".py")]
        # Of two things that clash, the later one.
        yield from reversed(list(_mentions(match["clash"] or match["asset"], files)))
    yield target, 1


def _target(location: Location) -> Path | None:
    """The file that holds the location's definitions; None where there is no such file."""
    if location.file:
        return location.file if location.file.is_file() else None
    stems = [folder.joinpath(*location.module.split(".")) for folder in location.paths if location.module]
    files = (file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py"))
    return next((file for file in files if file.is_file()), None)


def _mentions(name: str, files: list[Path]) -> Iterator[Place]:
    """The lines that define a function of the name, or write it as a text: Dagster puts underscores for other signs."""
    wanted = {name, name.rpartition("__")[2]}
    for file in files:
        for number, text in _lines(file):
            function = _FUNCTION.match(text)
            if (function and function[1] == name) or any(
                re.sub(r"\W", "_", word) in wanted for word in _QUOTED.findall(text)
            ):
                yield file, number


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = content(path).decode(errors="replace")
    except UnreadableError:
        return
    yield from enumerate(tree_lines(text), start=1)


def _column(path: Path, line: int) -> int:
    """Where on the line Python's own reading of the file fails; 1 where it does not."""
    try:
        file = read(path.name, content(path), {})
    except UnreadableError:
        return 1
    return file.column if isinstance(file, Skipped) and file.line == line else 1
