"""What a plain word of YAML means: YAML 1.2's core rules, so `06:00`, `2024-01-01`, `on` and `yes` stay text."""

from __future__ import annotations

import math
import re
from typing import Any, cast

Value = str | int | float | bool | None

_WORDS: dict[str, Value] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_BASED = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,5})?")


class WrittenInteger(int):
    """An integer that prints as it was written: `007` is the number 7, and the text `007` where text is wanted."""

    written: str

    def __str__(self) -> str:
        return self.written


class WrittenFloat(float):
    """A number that prints as it was written: `1.10` stays `1.10` where text is wanted."""

    written: str

    def __str__(self) -> str:
        return self.written


def resolve(text: str) -> Value:
    """The value of a plain scalar. Numbers without a finite value, such as `.inf` or `1e999`, stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _written_integer(int(text), text)
    if _BASED.fullmatch(text):
        return _written_integer(int(text, 0), text)
    if _FLOAT.fullmatch(text):
        return _written_float(text)
    return text


def _written_integer(number: int, text: str) -> int:
    if str(number) == text:
        return number
    result = WrittenInteger(number)
    result.written = text
    return result


def _written_float(text: str) -> float | str:
    number = float(text)
    if not math.isfinite(number):
        return text
    if str(number) == text:
        return number
    result = WrittenFloat(number)
    result.written = text
    return result


def plain(value: Any) -> Any:
    """The value without memory of how its numbers were written, so that any writer can write it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, WrittenInteger):
        return int(value)
    return float(value) if isinstance(value, WrittenFloat) else value
