"""`{{ setting('…') }}`: values that differ between environments, from `environments.yaml` in the project's package.

The file maps each setting to its values: `{default: value, production: value}`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import dagster as dg

from dagway.components.environment import current
from dagway.errors import DagwayError

FILE = "environments.yaml"


@dg.template_var
def setting(context: dg.ComponentLoadContext) -> Callable[[str], Any]:
    """The value of a setting in this process's environment; its default where the environment says nothing."""
    return lookup(context.defs_module_path.parent / FILE)


def lookup(path: Path) -> Callable[[str], Any]:
    """Look settings up in one file.

    Raises:
        DagwayError: from the returned function, when the file or the setting is missing.
    """

    def value(name: str) -> Any:
        settings = _read(path, path.stat().st_mtime_ns) if path.is_file() else None
        if settings is None:
            raise DagwayError(f"There is no {path}.", f"Write it, with the setting {name!r}.")
        if name not in settings:
            raise DagwayError(f"{path} has no setting {name!r}.", f"Known are: {', '.join(settings)}.")
        return _of_environment(path, name, settings[name])

    return value


def _of_environment(path: Path, name: str, values: Any) -> Any:
    if not isinstance(values, dict):
        raise DagwayError(
            f"{path}: the setting {name!r} is no mapping.", "Write {default: value, environment: value}."
        )
    by_environment = cast("dict[str, Any]", values)
    for environment in (current(), "default"):
        if environment in by_environment:
            return by_environment[environment]
    raise DagwayError(f"{path}: the setting {name!r} has no value for {current()!r}.", "Add a `default:`.")


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> Mapping[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DagwayError(f"{path} is not valid YAML: {error}.", "Mend the file.") from error
    return cast("Mapping[str, Any]", content) if isinstance(content, dict) else {}
