"""Python source for values, laid out as `ruff format` lays it out."""

from __future__ import annotations

import keyword
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 110
_STEP = "    "


@dataclass(frozen=True)
class Code:
    """An expression that stands as it is."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call with keyword arguments, and positional ones before them."""

    function: str
    keywords: Mapping[str, Any]
    positional: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Set:
    """A set literal in the order given."""

    items: tuple[Any, ...]


def literal(value: Any, indent: int = 0, used: int = 0) -> str:
    """The source of a value that starts at column `used` of a line indented by `indent` steps.

    It stays on one line where that fits, one more character left for the comma.
    """
    line = _inline(value)
    if used + len(line) < WIDTH or not _can_explode(value):
        return line
    return _exploded(value, indent)


def exploded(value: Any, indent: int = 0) -> str:
    """As `literal`, each item on its own line whatever the width."""
    return _exploded(value, indent) if _can_explode(value) else _inline(value)


def _can_explode(value: Any) -> bool:
    match value:
        case Call(keywords=keywords, positional=positional):
            return bool(keywords or positional)
        case Set(items=items):
            return bool(items)
        case list() | tuple() | Mapping():
            return bool(value)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return False


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """Opening, items with what stands before each, closing."""
    match value:
        case Call(function=function, keywords=keywords, positional=positional):
            items = [("", item) for item in positional] + [
                (f"{name}=", item) for name, item in keywords.items()
            ]
            return f"{function}(", items, ")"
        case Set(items=items):
            return "{", [("", item) for item in items], "}"
        case Mapping():
            return "{", [(f"{_inline(name)}: ", item) for name, item in value.items()], "}"  # pyright: ignore
        case tuple():
            return "(", [("", item) for item in value], ")"  # pyright: ignore
        case _:
            return "[", [("", item) for item in value], "]"


def _inline(value: Any) -> str:
    match value:
        case Code(text=text):
            return text
        case str():
            return quoted(value)
        case Set(items=()):
            return "set()"
        case Call() | Set() | list() | tuple() | Mapping():
            opening, items, closing = _parts(value)  # pyright: ignore[reportUnknownArgumentType]
            comma = "," if isinstance(value, tuple) and len(items) == 1 else ""
            return opening + ", ".join(prefix + _inline(item) for prefix, item in items) + comma + closing
        case _:
            return repr(value)


def _exploded(value: Any, indent: int) -> str:
    opening, items, closing = _parts(value)
    inner = _STEP * (indent + 1)
    lines = [
        f"{inner}{prefix}{literal(item, indent + 1, len(inner) + len(prefix))},\n" for prefix, item in items
    ]
    return f"{opening}\n{''.join(lines)}{_STEP * indent}{closing}"


def quoted(text: str) -> str:
    """A string literal with the quotes that need fewer escapes, double ones where it is even."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    escapes = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return quote + "".join(escapes.get(c, c if c.isprintable() else repr(c)[1:-1]) for c in body) + quote


def docstring(text: str, indent: int = 0) -> str:
    """A docstring with its quotes; its lines are filled to the width."""
    inner = _STEP * indent
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]
    filled = [textwrap.fill(part, WIDTH - len(inner) - 3) for part in paragraphs]
    written = "".join(c for c in "\n\n".join(filled) if c.isprintable() or c == "\n")
    body = written.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    body = body + " " if body.endswith('"') else body
    lines = body.split("\n")
    if len(lines) == 1:
        return f'{inner}"""{body}"""'
    rest = "\n".join(inner + line if line else "" for line in lines[1:])
    return f'{inner}"""{lines[0]}\n{rest}\n{inner}"""'


def identifier(name: str) -> str:
    """The name as a Python name."""
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    word = f"_{word}" if word[:1].isdigit() else word
    return f"{word}_" if keyword.iskeyword(word) else word


def imports(statements: Iterable[str], package: str) -> str:
    """Import statements, each one name, sorted and joined as ruff's isort rules do.

    Args:
        statements: `import x`, `import x as y`, `from x import y` or `from x import y as z`.
        package: the project's own package, which makes the last section.
    """
    sections: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for statement in sorted(set(statements)):
        sections[_section(statement, package)].append(statement)
    blocks = [_block(section) for section in sections.values() if section]
    return "\n\n".join(blocks)


def _section(statement: str, package: str) -> int:
    root = statement.split()[1].split(".", maxsplit=1)[0]
    if root in sys.stdlib_module_names:
        return 0
    return 2 if root in (package, "tests") else 1


def _block(statements: list[str]) -> str:
    plain = sorted((line for line in statements if line.startswith("import ")), key=str.lower)
    members: dict[str, list[str]] = {}
    renamed: list[tuple[str, str]] = []
    for line in statements:
        if line.startswith("from "):
            module, _, member = line[5:].partition(" import ")
            if " as " in member:
                renamed.append((module, line))
            else:
                members.setdefault(module, []).append(member)
    joined = [(module, _from(module, names)) for module, names in members.items()]
    ordered = sorted(joined + renamed, key=lambda item: (item[0].lower(), item[1]))
    return "\n".join([*plain, *(line for _, line in ordered)])


def _from(module: str, names: list[str]) -> str:
    ordered = sorted(names, key=_member_order)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"{_STEP}{name},\n" for name in ordered) + ")"


def _member_order(name: str) -> tuple[int, str]:
    if name.isupper():
        return 0, name
    return (1 if name[:1].isupper() else 2), name
