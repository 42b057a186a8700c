"""From bytes on disk to what rules read."""

from __future__ import annotations

import ast
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from dagway.rules.model import Skipped
from dagway.rules.source.python import PythonFile
from dagway.rules.source.sql import SqlFile
from dagway.rules.source.text import TextFile
from dagway.rules.source.yaml import COMPONENT_FILES, YamlFile

#: Larger files were written by a tool; reading them would take seconds.
LARGEST = 2_000_000


class UnreadableError(Exception):
    """A file whose rules cannot run."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableError: it is none, is too large, or may not be read.
    """
    try:
        status = path.stat()
        # A pipe or device would be waited for.
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("not a regular file")
        if status.st_size > LARGEST:
            raise UnreadableError(f"larger than {LARGEST // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError((error.strerror or str(error)).lower()) from None


def read(path: str, content: bytes, dbt_models: Mapping[str, tuple[str, ...]]) -> TextFile | Skipped:
    """The file as rules read it.

    Args:
        dbt_models: the folder of each dbt project → its folders of models, below it.
    """
    try:
        return _read(path, content, dbt_models)
    except UnreadableError as error:
        return Skipped(path, error.line, error.reason, error.column)


def _read(path: str, content: bytes, dbt_models: Mapping[str, tuple[str, ...]]) -> TextFile:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError("not UTF-8 text", line) from None
    suffix = PurePosixPath(path).suffix
    if suffix == ".py":
        return PythonFile(path, text, _python(text))
    if suffix in {".yaml", ".yml"}:
        return YamlFile(path, text, _yaml(text) if _is_dagsters(path) else _yaml_of_others(text))
    return SqlFile(path, text, is_dbt_model=_is_model(path, dbt_models))


def _python(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except SyntaxError as error:
        raise UnreadableError(
            f"not valid Python: {error.msg}", error.lineno or 1, error.offset or 1
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"not valid Python: {error}") from None


def _yaml(text: str) -> tuple[Any, ...]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return tuple(node for node in yaml.compose_all(text, Loader=loader) if node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise UnreadableError(f"not valid YAML: {error.problem}", *place) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(f"not valid YAML: {str(error).partition(chr(10))[0]}") from None


def _is_dagsters(path: str) -> bool:
    name = PurePosixPath(path).name
    return name in COMPONENT_FILES or PurePosixPath(path).stem in {
        "profiles",
        "dagster",
        "workspace",
        "dbt_project",
    }


def _yaml_of_others(text: str) -> tuple[Any, ...]:
    """Nothing where it does not parse: templates of other tools carry the same suffix."""
    try:
        return _yaml(text)
    except UnreadableError:
        return ()


def _is_model(path: str, dbt_models: Mapping[str, tuple[str, ...]]) -> bool:
    return any(
        path.startswith(f"{folder}/{models}/" if folder else f"{models}/")
        for folder, all_models in dbt_models.items()
        for models in all_models
    )
