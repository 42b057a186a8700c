"""Which environment variables the project's own lines read while it loads."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dagway.project.model import Position
from dagway.rules.loaded import VariableRead

if TYPE_CHECKING:
    from dagway.project.locate import Location

_WORD = re.compile(r"""["']([\w-]+)["']""")
#: What may stand between an own line and the environment: it reads for the line.
_READERS = re.compile(
    r"<frozen (os|_collections_abc)>|/(os|_collections_abc)\.py|/(dagster/_config|decouple|environs)[/.]"
)
#: What reads for a template in a component's YAML.
_TEMPLATES = "/dagster/components/resolved/scopes.py"


@contextmanager
def noting_reads(location: Location) -> Generator[dict[str, VariableRead]]:
    """While this is open, the first own line that reads each variable is noted; no position where a template does."""
    reads: dict[str, VariableRead] = {}
    environment: Any = os.environ
    plain = cast("Any", type(environment))

    def noting(self: Any, name: Any) -> Any:
        if name not in reads and (read := _read(self, name, location.owns)):
            reads[name] = read
        return plain.__getitem__(self, name)

    environment.__class__ = type("Noting", (plain,), {"__getitem__": noting})
    try:
        yield reads
    finally:
        environment.__class__ = plain


def _read(environment: Any, name: str, is_own: Callable[[str], bool]) -> VariableRead | None:
    """With the own line that asks for the variable: nothing but what reads it for others may stand between."""
    # 0 is this function, 1 the noting method.
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    default = ""
    while frame is not None:
        file = frame.f_code.co_filename
        is_line = is_own(file)
        if is_line or file.endswith(_TEMPLATES):
            value = environment._data.get(environment.encodekey(name))
            shown = environment.decodevalue(value) if value is not None else default
            return VariableRead(name, shown, Position(Path(file), frame.f_lineno) if is_line else None)
        if not _READERS.search(file):
            return None
        default = default or _text(frame.f_locals.get("default"))
        frame = frame.f_back
    return None


def described(reads: Iterable[VariableRead], location: Location) -> tuple[VariableRead, ...]:
    """The reads in order of their names; what a template asks for stands in a component's YAML."""
    return tuple(_described(read, location) for read in sorted(reads, key=lambda read: read.name))


def _described(read: VariableRead, location: Location) -> VariableRead:
    place = read.position or _in_yaml(read.name, location)
    text = place.path.read_text(encoding="utf-8", errors="replace") if place else ""
    return replace(read, position=place, words=frozenset(_WORD.findall(text)))


def _in_yaml(name: str, location: Location) -> Position | None:
    named = re.compile(rf"\benv\b.*\b{re.escape(name)}\b")
    package = (location.module or "*").partition(".")[0]
    for path in (path for folder in location.paths for path in folder.glob(f"{package}/**/defs.yaml")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            if named.search(line):
                return Position(path, number)
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
