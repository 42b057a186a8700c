"""The components' pages: `python -m dagway.components.reference FOLDER` writes them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import dagway.components
from dagway.components.scaffolder import PROJECT, example_of, files_of

HEAD = "<!-- Written by `make docs` from the component: change that. -->\n"
LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".sql": "sql", ".py": "python", ".json": "json"}
INDEX = """\
<!-- Written by `make docs` from the components: change those. -->
# Components

`dg list components --package dagway` names them, `dg scaffold defs dagway.components.SqlTables defs-folder` writes a component's example, which runs
as it stands. `demo_mode: true` in a component's YAML, or `DAGWAY_DEMO=1` for all, runs it without credentials.

| component | what it is | install |
|---|---|---|
"""
DAGSTERS = "Dagster's asset attributes"


def names() -> list[str]:
    """Every component, also those of integrations."""
    return sorted([*dagway.components.__all__, *dagway.components.OFFERS])


def page(name: str) -> str:
    """One component's page, as Markdown."""
    component = getattr(dagway.components, name)
    parts = [HEAD + f"# {name}", _docstring(component), *_install(name), "## Attributes", *_fields(component)]
    return "\n\n".join([*parts, "## Example", *_example(component)]).rstrip() + "\n"


def index() -> str:
    """The page that lists them."""
    rows = (f"| [{name}]({name}.md) | {_summary(name)} | {_extra(name)} |" for name in names())
    return INDEX + "\n".join(rows) + "\n"


def _docstring(component: Any) -> str:
    return inspect.cleandoc(component.__doc__ or "")


def _summary(name: str) -> str:
    return _docstring(getattr(dagway.components, name)).split("\n\n")[0].replace("\n", " ")


def _extra(name: str) -> str:
    offer = dagway.components.OFFERS.get(name)
    return f"`dagway[{offer.extra}]`" if offer else "`dagway`"


def _install(name: str) -> Iterator[str]:
    if offer := dagway.components.OFFERS.get(name):
        yield f"Needs `{offer.needs}`: `pip install 'dagway[{offer.extra}]'`."


def _fields(component: Any) -> Iterator[str]:
    schema: dict[str, Any] = component.model().model_json_schema(by_alias=True)
    defined: dict[str, Any] = schema.get("$defs", {})
    yield _table(schema)
    for name in _own_classes(schema, defined):
        yield f"### {_title(name)}"
        yield _table(defined[name])


def _own_classes(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Iterator[str]:
    """The classes beneath the attributes whose fields say what they are; Dagster's own attributes have pages elsewhere."""
    for name, inner in defined.items():
        properties = inner.get("properties", {})
        if properties and all(value.get("description") for value in properties.values()):
            yield name


def _table(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_type(value)} | {'required' if name in required else _default(value)} "
        f"| {value.get('description', '')} |"
        for name, value in sorted(
            schema.get("properties", {}).items(), key=lambda field: field[0] not in required
        )
    ]
    return "\n".join(["| name | type | default | what it is |", "|---|---|---|---|", *rows])


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    written = {"": "", "__DAGSTER_UNSET_DEFAULT__": ""}.get(str(default), str(default))
    return "" if default is None or written == "" else f"`{written}`"


def _type(value: Mapping[str, Any]) -> str:
    """A JSON Schema's type in a word or two.

    A template may stand wherever a value may, so a text is no kind of its own; but where it stands before a list of texts, it is one of them.
    """
    kinds = [kind for kind in (_kind(option) for option in value.get("anyOf", [value])) if kind != "null"]
    if kinds[0] == "string" and "list of string" in kinds:
        return "string or list of string"
    named = [kind for kind in dict.fromkeys(kinds) if kind != "string"] or kinds[:1]
    return " or ".join(named)


def _kind(option: Mapping[str, Any]) -> str:
    if "$ref" in option:
        return _title(str(option["$ref"]).rpartition("/")[2])
    if "enum" in option:
        return " or ".join(f"`{item}`" for item in cast("list[str]", option["enum"]))
    if option.get("type") == "array":
        return f"list of {_type(option.get('items', {}))}"
    if option.get("type") == "object" and isinstance(option.get("additionalProperties"), dict):
        return f"mapping to {_type(option['additionalProperties'])}"
    return str(option.get("type", "any"))


def _title(name: str) -> str:
    words = name.removesuffix("Model").removesuffix("Attributes")
    return DAGSTERS if name.startswith(("AssetSpecUpdateKwargs", "AssetAttributes")) else words


def _example(component: Any) -> Iterator[str]:
    folder = example_of(component)
    for path in sorted(files_of(folder), key=lambda path: (path.name != "defs.yaml", str(path))):
        inner = path.relative_to(folder)
        shown = Path(*inner.parts[1:]) if inner.parts[0] == PROJECT else inner
        place = "in the project's root" if inner.parts[0] == PROJECT else "in the defs folder"
        language = LANGUAGES.get(path.suffix, "text")
        if path.suffix == ".parquet":
            yield f"`{shown}`, {place}: a Parquet file."
            continue
        yield f"`{shown}`, {place}:"
        yield f"```{language}\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def main(folder: Path) -> None:
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(index(), encoding="utf-8")
    for name in names():
        (folder / f"{name}.md").write_text(page(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
