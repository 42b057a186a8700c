"""Run configuration, tags and ranges as they are written on a command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from dagway.errors import DagwayError

SEPARATORS = ("...", "..")


def configuration(given: Iterable[str]) -> dict[str, Any]:
    """Files and inline mappings, in YAML or JSON, as one; of two values for one place the first counts, as for `dg`.

    Raises:
        DagwayError: a file is not there, or what it has is no mapping.
    """
    merged: dict[str, Any] = {}
    for text in given:
        merged = _merged(_read(text), merged)
    return merged


def tags(given: Iterable[str]) -> dict[str, str]:
    """`key=value` each.

    Raises:
        DagwayError: one has no key or no value.
    """
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise DagwayError(f"{text!r} is no tag.", "Write --tag key=value.")
        found[key] = value
    return found


def span(text: str) -> tuple[str, str]:
    """The first and the last key of `first...last`; either may be left out.

    Raises:
        DagwayError: there is nothing between them.
    """
    for separator in SEPARATORS:
        first, between, last = text.partition(separator)
        if between:
            return first.strip(), last.strip()
    raise DagwayError(
        f"{text!r} is no range of partitions.",
        "Write --partition-range 'FIRST...LAST'; either may be left out.",
    )


def _read(text: str) -> Mapping[str, Any]:
    import yaml

    path = Path(text).expanduser()
    inline = text.lstrip().startswith("{") or ":" in text
    try:
        source = text if inline and not path.is_file() else path.read_text(encoding="utf-8")
        value = yaml.safe_load(source)
    except OSError as error:
        raise DagwayError(
            f"The configuration {text} cannot be read: {error.strerror}.",
            "Name a YAML or JSON file, or write the configuration itself: '{ops: {…}}'.",
        ) from None
    except yaml.YAMLError as error:
        raise DagwayError(f"The configuration {text} is not valid YAML: {error}", "Correct it.") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DagwayError(
            f"The configuration {text} is no mapping.", "Write it as Dagster's launchpad has it: 'ops: {…}'."
        )
    return cast("Mapping[str, Any]", value)


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both, with the values of `second` where both have one."""
    merged = dict(first)
    for key, value in second.items():
        before = merged.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = _merged(cast("Any", before), cast("Any", value)) if both else value
    return merged
