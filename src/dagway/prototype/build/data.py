"""The data that lies with a blueprint and that its project reads: copied, not read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import ENV_CALL, Source
from dagway.blueprint.patterns import fixed_folder, is_pattern, matching
from dagway.prototype.build.files import Copy
from dagway.prototype.build.warehouses import DEFAULT_DATABASE

_Copies = Iterator[tuple[str, bytes | Copy]]


def copied_data(loaded: LoadedBlueprint) -> _Copies:
    """Demo data and local files of sources; the folders of a DuckDB file and of what a sensor watches, so that they exist."""
    root = loaded.path.parent
    for blueprint in (loaded.blueprint, *loaded.environments.values()):
        for source in blueprint.sources.values():
            for place in _places(source):
                yield from _copies(root, place)
        if blueprint.warehouse.integration == "duckdb":
            yield from _kept_folder(blueprint.warehouse.database or DEFAULT_DATABASE)
        for sensor in blueprint.sensors.values():
            yield from _watched_folder(root, sensor.watch)
    yield "data/.gitkeep", b""


def _watched_folder(root: Path, pattern: str | None) -> _Copies:
    """The folder that a sensor watches, where it lies beside the blueprint: files arrive there later."""
    for place in _local(pattern):
        fixed = PurePosixPath(fixed_folder(place))
        folder = (root / fixed).resolve()
        if fixed.parts and folder.is_dir() and folder.is_relative_to(root.resolve()):
            yield f"{fixed}/.gitkeep", b""


def _places(source: Source) -> Iterator[str]:
    """Files, folders and patterns in the blueprint's folder that the source reads."""
    if source.demo:
        yield source.demo
    if source.path:
        yield from _local(source.path)
        return  # a table's own path is in it
    for name in source.tables:
        yield from _local(source.table(name).path)


def _local(path: str | None) -> Iterator[str]:
    if path and "{{" not in path and "://" not in path and not path.startswith("/"):
        yield path


def _copies(root: Path, place: str) -> _Copies:
    for start in (root / place, *(matching(root, place) if is_pattern(place) else ())):
        if start.resolve().is_relative_to(root.resolve()):
            for file in [start] if start.is_file() else sorted(start.rglob("*")):
                if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts:
                    yield file.relative_to(root).as_posix(), Copy(file)


def _kept_folder(database: str) -> _Copies:
    call = ENV_CALL.fullmatch(database.strip())
    path = PurePosixPath((call[2] or "") if call else database)
    if len(path.parts) > 1 and not path.is_absolute() and "{{" not in database and ".." not in path.parts:
        yield f"{path.parent}/.gitkeep", b""
