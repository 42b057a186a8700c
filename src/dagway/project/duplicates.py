"""What is defined twice: Dagster names it and not the places, or takes one of two assets in silence."""

import ast
import gc
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dagway.errors import DagwayError
from dagway.project.model import Duplicate, Key, Position

if TYPE_CHECKING:
    import dagster as dg

    from dagway._dagster.creation import Creations
    from dagway.project.locate import Location

_REFUSALS = (
    re.compile(r"Duplicate asset key: AssetKey\((?P<path>\[.*?\])\)"),
    re.compile(r"conflicting AssetSpecs with the same key:\s*AssetSpec\(key=AssetKey\((?P<path>\[.*?\])\)"),
    re.compile(r"Asset key (?P<name>\S+) is defined multiple times"),
)


_REFUSED_NAME = re.compile(
    r"Duplicate (?:job )?definition found for (?:\w+ )*'?(?P<name>\w+)'?$"
    r"|'(?P<other>\w+)', but a different (?:\w+ )*with the same name was provided"
)
_REFUSED_CHECK = re.compile(
    r"Duplicate asset check key: AssetCheckKey\(asset_key=AssetKey\((?P<path>\[.*?\])\), name=(?P<name>'.*?')\)"
)


class DuplicateKeyError(DagwayError):
    """Dagster does not load the project because a key is defined twice."""

    def __init__(self, message: str, remedy: str, duplicate: Duplicate) -> None:
        super().__init__(message, remedy)
        self.duplicate = duplicate


def refused_key(text: str) -> Key | None:
    """The key because of which Dagster refuses to load, from what it says."""
    for pattern in _REFUSALS:
        if match := pattern.search(text):
            given = match.groupdict()
            return (
                tuple(ast.literal_eval(given["path"])) if "path" in given else tuple(given["name"].split("/"))
            )
    return None


def places_of_refused_name(text: str, creations: "Creations") -> tuple[Position, ...]:
    """Where the checks, jobs, schedules or sensors of one name are written because of which Dagster refuses to load.

    Args:
        text: what Dagster says.
    """
    import dagster as dg

    if match := _REFUSED_CHECK.search(text):
        path, check = ast.literal_eval(match["path"]), ast.literal_eval(match["name"])
        return _distinct(
            Position(*place)
            for place in creations.written("check", dg.AssetCheckKey(dg.AssetKey(path), check))
        )
    if not (match := _REFUSED_NAME.search(text)):
        return ()
    name = match["name"] or match["other"]
    every = (creations.written(kind, name) for kind in ("job", "schedule", "sensor"))
    return _distinct(Position(*place) for places in every for place in places)


def duplicate(key: Key, location: "Location", creations: "Creations") -> Duplicate:
    """The own lines that define the key, of definitions that may never have become a repository."""
    import dagster as dg

    asset_key = dg.AssetKey(key)
    computed = (item for item in gc.get_objects() if isinstance(item, dg.AssetsDefinition))
    functions = _functions((item for item in computed if asset_key in item.keys), location)
    written = (Position(*place) for place in creations.written("asset", asset_key))
    return Duplicate(key, _distinct((*functions, *written)))


def hidden(
    repository: "dg.RepositoryDefinition", location: "Location", creations: "Creations"
) -> Iterator[Duplicate]:
    """Assets that Dagster computes no more, for a source asset has the same key: it says nothing of them."""
    sources = repository.source_assets_by_key
    for key, assets in repository.assets_defs_by_key.items():
        if key in sources and assets.is_executable:
            written = (Position(*place) for place in creations.written("asset", key))
            yield Duplicate(tuple(key.path), _distinct((*_functions([assets], location), *written)))


def _functions(definitions: "Iterable[dg.AssetsDefinition]", location: "Location") -> Iterator[Position]:
    from dagway._dagster.description import function_position

    for definition in definitions:
        place = function_position(definition)
        if place and location.owns(str(place[0])):
            yield Position(*place)


def _distinct(positions: Iterable[Position]) -> tuple[Position, ...]:
    return tuple(sorted(set(positions), key=lambda position: (str(position.path), position.line or 0)))
