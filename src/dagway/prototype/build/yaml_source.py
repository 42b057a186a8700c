"""YAML of a `defs.yaml`: one document for each component, keys in the order given, no empty attribute."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from dagway.blueprint.model import ENV_CALL
from dagway.prototype.build.files import header

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_MARKS = ("{{", "{%")
_SETTING = re.compile(r"\{\{ setting\('[^']*'\) \}\}")


class _Text(str):
    """Text of several lines, written as a block."""

    __slots__ = ()


class _Block(_Dumper):  # the C dumper is ten times as fast; its class is known at run time only
    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: _Text) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_Block.add_representer(_Text, _represent_text)


def defs_yaml(origin: str, components: Sequence[tuple[str, Mapping[str, Any]]]) -> bytes:
    """The text of a `defs.yaml`.

    Args:
        origin: the blueprint's line that it is for, such as `assets/staging/orders`.
        components: type and attributes of each component.
    """
    documents = [
        dump({"type": kind, "attributes": _safe(attributes)}).decode() for kind, attributes in components
    ]
    return (f"# {header(origin)}\n" + "---\n".join(documents)).encode()


def dump(value: Any) -> bytes:
    """Plain YAML, long lines kept, text of several lines as blocks."""
    text = yaml.dump(
        _blocks(value), Dumper=_Block, sort_keys=False, allow_unicode=True, width=10_000, encoding=None
    )
    return str(text).encode()


def _safe(value: Any) -> Any:
    match value:
        case str():
            return template_safe(value)
        case Mapping():
            return {name: _safe(item) for name, item in value.items()}  # pyright: ignore
        case list() | tuple():
            return [_safe(item) for item in value]  # pyright: ignore
        case _:
            return value


def template_safe(text: str) -> str:
    """The text so that a component gives it back as it is, braces included.

    Calls of `env` and `setting` stay templates. A variable that is not set does not stop the project from loading.
    """
    bare = _SETTING.sub("", ENV_CALL.sub("", text))
    if any(mark in bare for mark in _MARKS):
        return f"{{{{ {repr(text)!r} }}}}"
    return ENV_CALL.sub(lambda call: _optional(call, whole=call[0] == text), text)


def _optional(call: re.Match[str], *, whole: bool) -> str:
    name, default = call[1], call[2]
    if default is None and whole:
        return f"{{{{ env.{name} }}}}"
    return f"{{{{ env('{name}', '{default or ''}') }}}}"


def _blocks(value: Any) -> Any:
    match value:
        case str() if "\n" in value:
            return _Text("\n".join(line.rstrip() for line in value.split("\n")))
        case str():
            return str(value)
        case Mapping():
            return {name: _blocks(item) for name, item in value.items()}  # pyright: ignore
        case list() | tuple():
            return [_blocks(item) for item in value]  # pyright: ignore
        case _:
            return value
