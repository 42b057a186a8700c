"""Where a project, or platform.yaml, names an environment variable: by their text, so that nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagway.platform.environment import BACKEND, BROKER
from dagway.platform.load import FILE, LoadedPlatform
from dagway.platform.values import reference
from dagway.project.own_files import own_files
from dagway.rules.source.environment import is_optional, reads, yaml_variables
from dagway.rules.source.python import PythonFile
from dagway.rules.source.read import UnreadableError, content, read
from dagway.rules.source.yaml import COMPONENT_FILES, YamlFile

#: What a file in Python has somewhere that reads a variable: the others need not be parsed.
_WORDS = (b"environ", b"getenv", b"EnvVar")
#: Where dbt keeps its connections.
_PROFILES = {"profiles.yml", "profiles.yaml"}
_OPERATIONS = "dagway.operations.with_operations"
#: Folders of a project that do not belong to what runs.
_BESIDE = {"tests", "evidence"}


@dataclass(frozen=True)
class Use:
    """One place that names a variable.

    Attributes:
        root: the folder whose variables it is given.
        file: relative to the platform's folder; empty for what platform.yaml has by default.
        is_needed: whether something fails without it.
        demo_does_without: whether nothing fails in demo mode, where something stands in for what it opens.
    """

    name: str
    root: Path
    file: str
    is_needed: bool
    demo_does_without: bool = False


def uses(root: Path, platform: Path) -> Iterator[Use]:
    """Those of the files of a project.

    Args:
        platform: the platform's folder.
    """
    for path in own_files(root):
        inside = path.relative_to(root)
        if inside.parts[0] in _BESIDE:
            continue
        file = _parsed(path, inside)
        shown = str(path.relative_to(platform) if path.is_relative_to(platform) else path)
        if isinstance(file, PythonFile) and not file.is_test:
            for one in reads(file):
                # Whoever asks by `get` gets None; nothing fails by itself.
                fails = one.deferred or isinstance(one.node, ast.Subscript)
                is_needed = fails and not one.has_default and not is_optional(file, one)
                if one.name:
                    yield Use(one.name, root, shown, is_needed, one.deferred)
        elif isinstance(file, YamlFile):
            for variable in yaml_variables(file):
                yield Use(variable.name, root, shown, variable.needed, demo_does_without=True)


def _parsed(path: Path, inside: Path, words: tuple[bytes, ...] = _WORDS) -> object:
    """The file as rules read it; None for one in Python that has none of the words, and for one that cannot be read."""
    is_yaml = path.name in COMPONENT_FILES or path.name in _PROFILES
    if not is_yaml and path.suffix != ".py":
        return None
    try:
        text = content(path)
    except UnreadableError:
        return None
    return read(inside.as_posix(), text, {}) if is_yaml or any(word in text for word in words) else None


def has_operations(root: Path) -> bool:
    """Whether a project puts what `dagway.operations` gives round its definitions."""
    files = (path for path in own_files(root) if path.suffix == ".py")
    return any(
        isinstance(file, PythonFile)
        and any(file.resolve(call.func) == _OPERATIONS for call in file.nodes(ast.Call))
        for file in (_parsed(path, path.relative_to(root), (b"with_operations",)) for path in files)
    )


def configured(platform: LoadedPlatform) -> Iterator[Use]:
    """Those of platform.yaml, in the profile and with the engine that are chosen."""
    config = platform.config
    parts = {
        "slack": config.slack,
        **({"postgres": config.postgres} if config.profile != "embedded" else {}),
        **({"celery": config.celery} if config.runs.engine == "celery" else {}),
        **({"ray": config.ray} if config.runs.engine == "ray" else {}),
    }
    for part in parts.values():
        usual = vars(type(part)())
        for name, value in vars(part).items():
            named = reference(value) if isinstance(value, str) else None
            if named is not None:
                # Celery's own two have the Redis of other variables.
                is_needed = named.default is None and named.variable not in {BROKER, BACKEND}
                yield Use(named.variable, platform.root, "" if value == usual[name] else FILE, is_needed)
