"""A project's own files, read as text: secrets, variables, components, selections. Nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dagway.blueprint.masking import ADDRESS, TOKEN, mask

SKIPPED = {".venv", "venv", ".git", ".dagway", "evidence", "node_modules", "__pycache__", "data"}
_VARIABLE = re.compile(r"""(?:EnvVar|env|getenv|environ\.get)\(\s*['"]([A-Z][A-Z0-9_]*)['"]""")
_TEXT = {".py", ".yaml", ".yml", ".toml"}


@dataclass(frozen=True)
class OwnComponent:
    """A class that the project derives from `Component`."""

    name: str
    is_resolvable: bool


@dataclass(frozen=True)
class Sources:
    """What the files say. `secrets` are places, `file:line`; `selections` those of schedules, by name."""

    count: int
    secrets: tuple[str, ...]
    variables: frozenset[str]
    components: tuple[OwnComponent, ...]
    selections: Mapping[str, str]
    readme_words: int
    has_dbt: bool


def read_sources(folder: Path) -> Sources:
    """Reads Python, YAML and TOML of the project; a file that is no text is passed over."""
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in _files(folder)}
    readme = folder / "README.md"
    return Sources(
        count=len(texts),
        secrets=tuple(
            place for path, text in texts.items() for place in _secrets(path.relative_to(folder), text)
        ),
        variables=frozenset(name for text in texts.values() for name in _VARIABLE.findall(text)),
        components=tuple(
            item for path, text in texts.items() if path.suffix == ".py" for item in _components(text)
        ),
        selections={
            name: selection
            for path, text in texts.items()
            if path.name in {"defs.yaml", "component.yaml"}
            for name, selection in _selections(path, text)
        },
        readme_words=len(readme.read_text(encoding="utf-8", errors="replace").split())
        if readme.is_file()
        else 0,
        has_dbt=any(path.name == "dbt_project.yml" for path in texts)
        or any("DbtProjectComponent" in text for path, text in texts.items() if path.suffix != ".py"),
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in SKIPPED and not path.is_symlink():
            yield from _files(path)
        elif path.suffix in _TEXT and path.is_file():
            yield path


def _secrets(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = ADDRESS.search(line) or TOKEN.search(line) if path.suffix == ".py" else mask(line) != line
        if found and "{{" not in line:
            yield f"{path.as_posix()}:{number}"


def _components(text: str) -> Iterator[OwnComponent]:
    if "Component" not in text:
        return
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        bases = {_last(base) for base in node.bases} if isinstance(node, ast.ClassDef) else set[str]()
        if isinstance(node, ast.ClassDef) and "Component" in bases:
            decorators = {_last(item) for item in node.decorator_list}
            yield OwnComponent(
                node.name,
                bool(bases & {"Resolvable", "Model"}) and ("dataclass" in decorators or "Model" in bases),
            )


def _last(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return (
        called.attr
        if isinstance(called, ast.Attribute)
        else called.id
        if isinstance(called, ast.Name)
        else ""
    )


def _selections(path: Path, text: str) -> Iterator[tuple[str, str]]:
    import yaml

    if "asset_selection" not in text:
        return
    try:
        documents: list[Any] = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return
    for document in documents:
        values = _mapping(_mapping(document).get("attributes"))
        if isinstance(selection := values.get("asset_selection"), str):
            job, name = str(values.get("job_name") or ""), str(values.get("name") or "")
            yield from ((found, selection) for found in (name, job, f"{job}_schedule") if found)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
