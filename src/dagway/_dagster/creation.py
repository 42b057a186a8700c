"""The project's own lines that make definitions. Dagster keeps them for functions only: not for specs and integrations."""

import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, cast
from unittest import mock

from dagster import (
    AssetCheckSpec,
    AssetSpec,
    JobDefinition,
    ScheduleDefinition,
    SensorDefinition,
    SourceAsset,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

Place = tuple[Path, int]
Kind = Literal["asset", "check", "job", "schedule", "sensor"]

_CLASSES: tuple[tuple[type, str, Kind], ...] = (
    (AssetSpec, "__new__", "asset"),
    (SourceAsset, "__init__", "asset"),
    (AssetCheckSpec, "__new__", "check"),
    (UnresolvedAssetJobDefinition, "__new__", "job"),
    (JobDefinition, "__init__", "job"),
    (ScheduleDefinition, "__init__", "schedule"),
    (SensorDefinition, "__init__", "sensor"),
)
#: Dagster's files that wrap its functions.
_WRAPPERS = ("/decorator_utils.py", "/record/")
#: Where a call writes a definition as a class does: the folder of its decorators, such as `@asset`, and `define_asset_job`.
_WRITERS = ("/decorators/", "/unresolved_asset_job_definition.py")


class Creations:
    """Which own lines made something of a kind and a name, in their order, while the project was loading.

    An asset's or a check's name is its key. What Dagster derives from a definition counts as made by the own line that
    called Dagster: the first is the telling one.
    """

    def __init__(self, is_own: Callable[[str], bool]) -> None:
        self._is_own = is_own
        #: The value says whether the line itself writes the definition.
        self._places: dict[tuple[Kind, object], dict[tuple[str, int], bool]] = {}

    def of(self, kind: Kind, name: object) -> Place | None:
        """The line that first wrote it, or else first made it; None where nothing of the project did."""
        places = self._places.get((kind, name), {})
        best = max(places, key=places.__getitem__, default=None)
        return (Path(best[0]), best[1]) if best else None

    def written(self, kind: Kind, name: object) -> tuple[Place, ...]:
        """Every line that itself writes such a definition, by its class, a decorator or `define_asset_job`: nothing is derived."""
        places = self._places.get((kind, name), {})
        return tuple((Path(file), line) for (file, line), is_written in places.items() if is_written)

    def note(self, kind: Kind, made: Any) -> None:
        """The nearest own line that waits for the patched constructor to return."""
        # 0 is this function, 1 the patched constructor.
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        called = ""
        while frame is not None:
            file = frame.f_code.co_filename
            if self._is_own(file):
                name = made.key if kind in {"asset", "check"} else made.name
                places = self._places.setdefault((kind, name), {})
                place = (file, frame.f_lineno)
                is_written = not called or any(part in called for part in _WRITERS)
                places[place] = places.get(place, False) or is_written
                return
            called = called if any(part in file for part in _WRAPPERS) else file
            frame = frame.f_back


@contextmanager
def noting_creations(is_own: Callable[[str], bool]) -> Generator[Creations]:
    """While this is open, the lines that make definitions are noted. Not for concurrent use from several threads.

    Args:
        is_own: whether a file is one of the project.
    """
    creations = Creations(is_own)
    with ExitStack() as stack:
        for owner, constructor, kind in _CLASSES:
            original = cast("Callable[..., Any]", getattr(owner, constructor))
            noting = _noting(original, creations, kind)
            stack.enter_context(mock.patch.object(owner, constructor, noting))
        yield creations


def _noting(original: Callable[..., Any], creations: Creations, kind: Kind) -> Callable[..., Any]:
    def construct(*arguments: Any, **named: Any) -> Any:
        made = original(*arguments, **named)
        # An `__init__` returns nothing: then the object is what it was called on.
        creations.note(kind, arguments[0] if made is None else made)
        return made

    return construct
