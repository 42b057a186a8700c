"""What pydantic finds, said so that a person knows what to write."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from dagway.blueprint import model
from dagway.blueprint.tree import Mapping, Node, Scalar, Step, is_null
from dagway.blueprint.tree import Sequence as List

Said = tuple[str, str]

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_PATTERNS: dict[str, Said] = {
    model.KEY: (
        "is no asset key",
        "write `group/name` or `a/b/c`: letters, digits and underscores, up to 63 each",
    ),
    model.NAME: ("is no name", "use letters, digits and underscores, no digit first, up to 63"),
    model.LOCATION: (
        "is no name of a code location",
        "use letters, digits, `_`, `-` and `.`, up to 63, no `-` or `.` first",
    ),
    model.PROJECT: (
        "is no project name",
        "use small letters, digits and underscores, a letter first, up to 63",
    ),
    model.OWNER: ("is no owner", "write `team:name` or an e-mail address"),
    model.TAG: (
        "is no name of a tag",
        "use letters, digits, `_`, `-` and `.`, up to 63 of them",
    ),
    model.KIND: ("is no kind", "use letters, digits, `_`, `-` and `.`, up to 63 of them"),
    model.PYTHON: (
        "names no Python function",
        "write `file.py:function`, the file in the blueprint's folder",
    ),
    model.TIME: ("is no time of day", 'write hours and minutes, such as "06:00"'),
    model.CHANNEL: ("is no Slack channel", 'write "#channel" or "@person", in quotes'),
}


def say(details: dict[str, Any], steps: tuple[Step, ...], node: Node | None, whole: type[BaseModel]) -> Said:
    """Message and remedy of one error of pydantic."""
    kind: str = details["type"]
    name = next((str(step) for step in reversed(steps) if isinstance(step, str)), noun_of(whole))
    context: dict[str, Any] = details.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            return unknown_key(str(steps[-1]), part_at(steps[:-1], whole))
        case "missing":
            return _missing(str(steps[-1]), part_at(steps[:-1], whole))
        case "string_pattern_mismatch":
            return _pattern(context["pattern"], details, steps, node)
        case "literal_error":
            return _literal(name, context["expected"], node)
        case "value_error":
            message, _, remedy = str(context["error"]).partition("; ")
            is_item = bool(steps) and isinstance(steps[-1], int)
            return (message if is_item else f"`{name}`: {message}"), remedy
        case "greater_than_equal":
            return f"`{name}` must be at least {context['ge']}", f"write {context['ge']} or more"
        case "too_short" | "string_too_short":
            return f"`{name}` is empty", "write at least one"
        case _ if kind in _KINDS:
            return wrong_type(name, [kind], node)
        case _:
            return f"`{name}`: {details['msg'][0].lower()}{details['msg'][1:]}", "see `dagway schema`"


def wrong_type(name: str, kinds: Iterable[str], node: Node | None) -> Said:
    """A value of another type than the language wants."""
    wanted = " or ".join(dict.fromkeys(_KINDS.get(kind, "another value") for kind in kinds))
    remedy = f"write {wanted}"
    if isinstance(node, Scalar) and isinstance(node.value, bool) and "text" in wanted:
        remedy = f'put it in quotes if the text is meant: "{node.text}"'
    if "a list" in wanted and isinstance(node, Scalar):
        remedy = f"write `[{shortened(node.text)}]`"
    if node is not None and is_null(node):
        return f"`{name}` has no value; it must be {wanted}", f"write {wanted}, or remove the key"
    return f"`{name}` must be {wanted}, not {_noun(node)}", remedy


def _noun(node: Node | None) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case List():
            return "a list"
        case Scalar(value=bool()):
            return f"the truth value {node.text}"
        case Scalar(value=int() | float()):
            return f"the number {node.text}"
        case _:
            return "text"


def unknown_key(key: str, part: type[BaseModel]) -> Said:
    """A key that the part does not have."""
    allowed = keys_of(part)
    return (
        f"`{key}` is no key of {noun_of(part)}",
        f"{did_you_mean(key, allowed)}allowed: {', '.join(allowed)}",
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean x? `, or nothing where no known word is near."""
    near = difflib.get_close_matches(word[:100], list(known), 1, 0.6)
    return f"did you mean `{near[0]}`? " if near else ""


def _missing(key: str, part: type[BaseModel]) -> Said:
    field = next(field for name, field in part.model_fields.items() if (field.alias or name) == key)
    description = (field.description or "").rstrip(".")
    example = field.examples[0] if field.examples else "…"
    return (
        f"{noun_of(part)} needs `{key}`",
        f"write `{key}: {example}`: {description[:1].lower()}{description[1:]}",
    )


def _pattern(pattern: str, details: dict[str, Any], steps: tuple[Step, ...], node: Node | None) -> Said:
    is_key = details["loc"][-1] == "[key]"
    text = str(steps[-1]) if is_key else node.text if isinstance(node, Scalar) else ""
    message, remedy = _PATTERNS[pattern]
    return f"`{shortened(text)}` {message}", remedy


def _literal(name: str, expected: str, node: Node | None) -> Said:
    choices = expected.replace("'", "").replace(" or ", ", ").split(", ")
    text = node.text if isinstance(node, Scalar) else _noun(node)
    guess = did_you_mean(text, choices)
    return f"`{name}` cannot be `{shortened(text)}`", f"{guess}write {' or '.join(choices)}"


def shortened(text: str, length: int = 80) -> str:
    """The text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def keys_of(part: type[BaseModel]) -> list[str]:
    """The keys of a part as they are written."""
    return [field.alias or name for name, field in part.model_fields.items()]


_NOUNS: dict[type[BaseModel], str] = {
    model.Blueprint: "the blueprint",
    model.AcceptedValues: "accepted_values",
    model.RowCount: "row_count",
    model.OnCron: "automation",
    model.SourceTable: "a source's table",
    model.Partitions: "partitions",
    model.Incremental: "incremental",
    model.Warehouse: "the warehouse",
}


def noun_of(part: type[BaseModel]) -> str:
    """What a part is called in a sentence."""
    name = part.__name__.lower()
    said = getattr(part, "noun", "") or f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
    return _NOUNS.get(part, said)


def part_at(steps: Sequence[Step], whole: type[BaseModel]) -> type[BaseModel]:
    """The part of the model that stands at a place of the tree."""
    part = whole
    is_name = False
    for step in steps:
        if is_name or isinstance(step, int):
            is_name = False
            continue
        annotation = _annotation(part, step)
        part = next(_parts(annotation), part)
        is_name = "dict[" in str(annotation)
    return part


def _annotation(part: type[BaseModel], key: str) -> Any:
    return next(
        (field.annotation for name, field in part.model_fields.items() if (field.alias or name) == key), None
    )


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)
