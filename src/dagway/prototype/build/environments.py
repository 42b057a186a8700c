"""What environments change: attributes that differ become settings with a value for each environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, cast

from dagway.errors import DagwayError
from dagway.prototype.build.attributes import Attributes
from dagway.prototype.build.documents import Document

Settings = dict[str, dict[str, Any]]
"""Setting → environment → value; `default` is the blueprint as it stands."""


def merge(
    default: Sequence[Document], environments: Mapping[str, Sequence[Document]]
) -> tuple[list[Document], Settings]:
    """One set of documents for all environments, and the settings that they look up.

    Raises:
        DagwayError: an environment adds or drops a line, or changes which component serves it.
    """
    settings: Settings = {}
    overlays = {name: {item.folder: item for item in items} for name, items in environments.items()}
    for name, items in overlays.items():
        _same_lines(name, {item.folder: item for item in default}, items)
    merged = [
        _merge_document(item, {name: items[item.folder] for name, items in overlays.items()}, settings)
        for item in default
    ]
    return merged, settings


def _same_lines(environment: str, default: Mapping[str, Document], items: Mapping[str, Document]) -> None:
    for folder in default.keys() ^ items.keys():
        line = (default.get(folder) or items[folder]).origin
        raise DagwayError(
            f"environments.{environment} adds or drops {line}: it may change its values only.",
            f"Write {line} outside of `environments` and change there what differs.",
        )


def _merge_document(default: Document, others: Mapping[str, Document], settings: Settings) -> Document:
    changed = {name: _own_files(name, default, item) for name, item in others.items() if item != default}
    if not changed:
        return default
    components: list[tuple[str, Attributes]] = []
    for index, (kind, attributes) in enumerate(default.components):
        values = {name: _component(name, default, item, index) for name, item in changed.items()}
        path = default.origin if len(default.components) == 1 else f"{default.origin}.{index}"
        components.append((kind, _merge_values(path, attributes, values, settings)))
    files = dict(default.files)
    for item in changed.values():
        files |= dict(item.files)
    return replace(default, components=tuple(components), files=tuple(files.items()))


def _component(environment: str, default: Document, item: Document, index: int) -> Attributes:
    kinds, others = [kind for kind, _ in default.components], [kind for kind, _ in item.components]
    if kinds != others:
        raise DagwayError(
            f"environments.{environment} makes {default.origin} {', '.join(others)} instead of {', '.join(kinds)}.",
            "Keep the kind of system in every environment; demo mode stands in where it is out of reach.",
        )
    return item.components[index][1]


def _own_files(environment: str, default: Document, item: Document) -> Document:
    """A query that differs lies beside the default's, named after its environment."""
    names = {
        name: name if (name, text) in default.files else _named_after(name, environment)
        for name, text in item.files
    }
    files = tuple((names[name], text) for name, text in item.files)
    components = tuple(
        (
            kind,
            {key: names.get(value, value) if key == "sql_file" else value for key, value in values.items()},
        )
        for kind, values in item.components
    )
    return replace(item, files=files, components=components)


def _named_after(name: str, environment: str) -> str:
    path = PurePosixPath(name)
    return f"{path.stem}.{environment}{path.suffix}"


def _merge_values(
    path: str, default: Attributes, others: Mapping[str, Attributes], settings: Settings
) -> Attributes:
    """Attributes with a setting wherever an environment has another value."""
    names = [
        *default,
        *dict.fromkeys(name for item in others.values() for name in item if name not in default),
    ]
    merged: Attributes = {}
    for name in names:
        values = {environment: item.get(name) for environment, item in others.items()}
        merged[name] = _merge_value(f"{path}.{name}", default.get(name), values, settings)
    return merged


def _merge_value(path: str, default: Any, others: Mapping[str, Any], settings: Settings) -> Any:
    if all(value == default for value in others.values()):
        return default
    if isinstance(default, dict) and all(
        _same_names(cast("Attributes", default), value) for value in others.values()
    ):
        return _merge_values(path, cast("Attributes", default), others, settings)
    if isinstance(default, list) and _same_tables(cast("list[Any]", default), others):
        return _merge_tables(path, cast("list[Attributes]", default), others, settings)
    different = {name: _filled(value, default) for name, value in others.items() if value != default}
    sample = next(iter(different.values()))
    settings[path] = {"default": _filled(default, sample), **different}
    return f"{{{{ setting('{path}') }}}}"


def _same_names(default: Mapping[str, Any], other: Any) -> bool:
    """Whether two mappings differ in values only: an entry that is not there cannot be a setting."""
    return isinstance(other, dict) and default.keys() == cast("Attributes", other).keys()


def _filled(value: Any, like: Any) -> Any:
    """An attribute that is left out, as the empty value of its type."""
    if value is not None:
        return value
    if isinstance(like, list):
        return list[Any]()
    return dict[str, Any]() if isinstance(like, dict) else None


def _same_tables(default: list[Any], others: Mapping[str, Any]) -> bool:
    """Whether both are a source's tables, the same ones: then each table's attributes are compared."""

    def names(items: Any) -> list[Any] | None:
        if not isinstance(items, list) or not all(
            isinstance(item, dict) for item in cast("list[Any]", items)
        ):
            return None
        return [item.get("name") for item in cast("list[Attributes]", items)]

    mine = names(default)
    return bool(mine) and None not in mine and all(names(items) == mine for items in others.values())


def _merge_tables(
    path: str, default: list[Attributes], others: Mapping[str, list[Attributes]], settings: Settings
) -> list[Attributes]:
    return [
        _merge_values(
            f"{path}.{table['name']}",
            table,
            {environment: items[index] for environment, items in others.items()},
            settings,
        )
        for index, table in enumerate(default)
    ]
