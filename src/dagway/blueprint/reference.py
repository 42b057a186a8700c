"""The reference page of the language, made from the model: `python -m dagway.blueprint.reference [FILE]`."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, cast

from dagway.blueprint import model
from dagway.blueprint.duration import LENGTH_OF_TIME
from dagway.blueprint.json_schema import Schema, json_schema

_HEAD = """\
# The blueprint's language

Made from the model by `python -m dagway.blueprint.reference docs/blueprint.md`; do not edit.

A blueprint is one YAML file in UTF-8, read as YAML 1.2: `06:00`, `2024-01-01`, `on` and `yes` are text. A number is accepted
where text is wanted, as it was written. Names are keys, each at most once. Anchors and aliases work, `<<` does not.
`{{ env('NAME') }}` and `{{ env('NAME', 'default') }}` are the only templates, and the only place of a secret is the first.
`dagway schema` prints the same as JSON Schema; with it an editor completes these keys.
"""
_RULES = """\
## Rules beyond the tables
- `meets` names requirements; `deps`, `from`, `to` and a sensor's `asset` name source tables (`source/table`) or assets.
- An asset has exactly one of `sql` and `python`; a check exactly one kind; `partitions` exactly one kind; a sensor exactly one of
  `watch`, `asset` and `python`; an alert at least one of `slack` and `webhook`.
- `incremental` needs `partitions`, and partitions of an asset need `incremental`; those of a source need not. A view has neither.
- Assets that one schedule or sensor runs have the same partitions, or none. An asset that is cut by names reads none that is cut by time.
- Keys are tables: `a/b/c` is the table `c` in the schema `a__b`. Two lines must not make one table, capital and small letters alike.
- No source and no asset group is called {folders}, no source {resources}, no environment `default`: the project uses these itself.
- Paths are relative to the blueprint's folder and stay inside it, also through symbolic links. A `.sql` file and a demo folder must be
  there, with one file for each table; a Python function that is not there yet is scaffolded.
- An environment changes values: mappings merge, anything else replaces, `null` removes. It adds and removes no source, table,
  asset or export. The whole blueprint is checked once more for each environment.
- A Snowflake warehouse takes what it does not name, account, user, password or database, from `SNOWFLAKE_ACCOUNT` and so on. Where an
  environment has another kind of warehouse, it names a database of its own.
- Limits: {limits}.
"""
_TEXTS = {
    model.KEY: "asset key",
    model.NAME: "name",
    model.PROJECT: "name in small letters",
    model.OWNER: "owner",
    model.PYTHON: "`file.py:function`",
    model.TIME: "time of day",
    model.CHANNEL: "channel",
    LENGTH_OF_TIME.pattern: "length of time",
}
_SECTIONS = (
    *(
        "Blueprint",
        "Warehouse",
        "Source",
        "SourceTable",
        "Asset",
        "Check",
        "RowCount",
        "AcceptedValues",
        "Range",
    ),
    *(
        "Relationship",
        "Column",
        "Partitions",
        "Incremental",
        "OnCron",
        "Export",
        "Schedule",
        "Sensor",
        "Alert",
    ),
)


def page() -> str:
    """The page as Markdown."""
    schema = json_schema()
    parts: dict[str, Schema] = {"Blueprint": schema, **schema["$defs"]}
    sections = ["\n".join(_section(name, parts[name])) for name in _SECTIONS]
    return "\n".join([_HEAD, *sections, _rules()])


def _rules() -> str:
    from dagway.blueprint.rules_project import FOLDERS, RESOURCES

    return _RULES.format(folders=_listed(FOLDERS), resources=_listed(RESOURCES), limits=_limits())


def _listed(names: Collection[str]) -> str:
    *most, last = (f"`{name}`" for name in sorted(names))
    return f"{', '.join(most)} or {last}"


def _limits() -> str:
    from dagway.blueprint.composer import DEEPEST, MOST_ALIASES, MOST_NODES
    from dagway.blueprint.overlays import MOST
    from dagway.blueprint.page import LARGEST
    from dagway.blueprint.rules_sql import LONGEST

    return (
        f"{LARGEST // 1_000_000} MB a file, {MOST_NODES:,} values with aliases written out, {MOST_ALIASES:,} aliases,"
        f" {DEEPEST} levels, {LONGEST:,} characters a query, {MOST} environments"
    )


def _section(name: str, part: Schema) -> Iterator[str]:
    yield f"## {_title(name)}"
    yield str(part["description"]).replace("\n", " ")
    yield ""
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    required: list[str] = part.get("required", [])
    for key, field in part["properties"].items():
        needed = " (needed)" if key in required else ""
        yield f"| `{key}`{needed} | {_escaped(_value(field))} | {_escaped(_meaning(field))} |"
    if part.get("additionalProperties") is True:
        yield "| *any other* | any | The integration's own settings. |"
    yield ""


def _title(name: str) -> str:
    """`SourceTable` as `source table`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _meaning(field: Schema) -> str:
    text = str(field.get("description", ""))
    if "default" in field and not isinstance(field["default"], dict):
        text += f" Default: `{field['default']}`."
    examples: list[Any] = field.get("examples") or []
    return text + "".join(f" Example: `{example}`." for example in examples[:1])


def _value(field: Schema) -> str:
    """The kind of value in words."""
    for key in ("anyOf", "oneOf"):
        if key in field:
            words = [_value(option) for option in field[key] if option.get("type") != "null"]
            return " or ".join(dict.fromkeys(words))
    if "$ref" in field:
        return _title(field["$ref"].rpartition("/")[2])
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    return _by_type(field)


def _by_type(field: Schema) -> str:
    kind = field.get("type")
    if kind == "array":
        return f"list of {_value(field['items'])}"
    if kind == "object":
        inner = next(iter(field.get("patternProperties", {}).values()), field.get("additionalProperties"))
        return f"mapping of name to {_value(cast('Schema', inner))}" if isinstance(inner, dict) else "mapping"
    words = {"integer": "whole number", "boolean": "`true` or `false`", "number": "number"}
    if kind == "string":
        return _TEXTS.get(field.get("pattern", ""), "text")
    return "text" if isinstance(kind, list) else words.get(str(kind), "any")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
