"""The tree against the model: every part that does not fit becomes a mistake in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from dagway.blueprint import words
from dagway.blueprint.page import MOST, Page
from dagway.blueprint.tree import Entry, Mapping, Node, Sequence, Step, values

_TYPE_ERRORS = "_type"
Whole = TypeVar("Whole", bound=BaseModel)


def shape(root: Mapping, page: Page, model: type[Whole]) -> Whole | None:
    """What the tree says, as a value of the model; None if it does not fit, the mistakes noted on the page."""
    try:
        return model.model_validate(values(root))
    except ValidationError as error:
        for at, message, remedy in _mistakes(error, root, model):
            page.mistake(at, message, remedy)
        return None


def _mistakes(
    error: ValidationError, root: Mapping, model: type[BaseModel]
) -> Iterable[tuple[tuple[int, int], str, str]]:
    found = error.errors(include_url=False, include_input=False)
    grouped: dict[tuple[Step, ...], list[tuple[_Place, dict[str, Any]]]] = {}
    misspelt = {item["loc"] for item in found if item["type"] == "extra_forbidden"}
    for item in found[:MOST]:
        details = cast("dict[str, Any]", item)
        place = _Place(root, details["loc"], may_lack=details["type"] in {"missing", "extra_forbidden"})
        if not _follows(details, place, misspelt):
            grouped.setdefault(place.choice, []).append((place, details))
    for choice, group in grouped.items():
        yield from _told(group, model, is_choice=bool(choice))


def _follows(details: dict[str, Any], place: _Place, misspelt: Iterable[tuple[Step, ...]]) -> bool:
    """Whether another mistake says it: a key is missing that is misspelt beside, or items are missing that do not fit."""
    location: tuple[Step, ...] = details["loc"]
    match details["type"]:
        case "missing":
            beside = (str(other[-1]) for other in misspelt if other[:-1] == location[:-1])
            return any(words.did_you_mean(key, [str(location[-1])]) for key in beside)
        case "too_short":
            return isinstance(place.node, Sequence) and bool(place.node.items)
        case _:
            return False


def _told(
    group: list[tuple[_Place, dict[str, Any]]], model: type[BaseModel], *, is_choice: bool
) -> Iterable[tuple[tuple[int, int], str, str]]:
    """The mistakes of one place. Where several shapes were possible, those of the shape that was meant."""
    if is_choice:
        meant = [one for one in group if not one[1]["type"].endswith(_TYPE_ERRORS) or one[0].is_deeper]
        if not meant:
            place, wanted = group[0][0], [one[1]["type"] for one in group]
            yield place.at, *words.wrong_type(place.name, wanted, place.node)
            return
        group = meant
    for place, details in group:
        yield place.at, *words.say(details, place.steps, place.node, model)


class _Place:
    """Where in the tree an error's location is.

    A location of pydantic also names the member of a union that was tried; such words are no steps of the tree.

    Attributes:
        steps: keys and indexes from the root, a missing key last.
        choice: the steps to the union, empty if there was none.
        is_deeper: whether the error lies below the union's own place.
    """

    def __init__(self, root: Mapping, location: tuple[Step, ...], *, may_lack: bool = False) -> None:
        self.node: Node | None = root
        self.at: tuple[int, int] = (root.line, root.column)
        self.steps: tuple[Step, ...] = ()
        self.choice: tuple[Step, ...] = ()
        for number, step in enumerate(location):
            self._walk(step, may_lack=may_lack and number == len(location) - 1)
        self.is_deeper = len(self.steps) > len(self.choice)

    @property
    def name(self) -> str:
        """The last key of the way."""
        return next((step for step in reversed(self.steps) if isinstance(step, str)), "the file")

    def _walk(self, step: Step, *, may_lack: bool) -> None:
        node = self.node
        if step == "[key]":
            self.at = self.key_at
        elif isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            self._into(step, node.entries[step])
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            self.node = node.items[step]
            self.at = (self.node.line, self.node.column)
            self.steps += (step,)
        elif may_lack and isinstance(step, str):
            self.steps += (step,)
            self.node = None
        else:
            self.choice = self.steps

    def _into(self, step: str, entry: Entry) -> None:
        self.node = entry.node
        self.at = entry.at
        self.key_at = (entry.key.line, entry.key.column)
        self.steps += (step,)


def find(root: Mapping, location: Iterable[Step]) -> tuple[int, int]:
    """Line and column of a location: of a scalar's value, and of the key of anything larger; the nearest if it is not there."""
    place = _Place(root, tuple(location))
    return place.at
