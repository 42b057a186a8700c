"""Where dbt projects keep their models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

PROJECT_FILES = ("dbt_project.yml", "dbt_project.yaml")


def dbt_models(root: Path, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The folder of each dbt project → its folders of models, relative to it."""
    files = (path for path in paths if path.endswith(PROJECT_FILES))
    return {path.rpartition("/")[0]: _models(root / path) for path in files}


def _models(path: Path) -> tuple[str, ...]:
    import yaml

    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    settings: Mapping[str, Any] = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    named: object = settings.get("model-paths")
    models = cast("list[object]", named) if isinstance(named, list) else ["models"]
    return tuple(str(model).strip("/") for model in models)
