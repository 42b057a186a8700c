"""Finding integrations by name, by words and by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from dagway.catalog.model import Integration, Role, Tested

MOST_ALTERNATIVES = 5
_BEST_TESTED_FIRST: Mapping[Tested, int] = {"real": 0, "simulator": 1, "none": 2}
_NO_MATCH = 4


def plain(name: str) -> str:
    """The form in which names are compared: lower case, with hyphens for spaces and underscores."""
    return "-".join(name.casefold().replace("_", " ").split())


@dataclass(frozen=True)
class Catalog:
    """Integrations, and the questions that can be asked of them."""

    integrations: tuple[Integration, ...]

    @cached_property
    def _by_name(self) -> Mapping[str, Integration]:
        return {plain(name): one for one in self.integrations for name in (one.name, *one.aliases)}

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category that occurs, in alphabetical order."""
        return tuple(sorted({one.category for one in self.integrations}, key=str.casefold))

    def get(self, name: str) -> Integration | None:
        """The integration of that name or alias, whatever its case."""
        return self._by_name.get(plain(name))

    def search(self, query: str) -> tuple[Integration, ...]:
        """The integrations in whose text every word of the query occurs, the best match first.

        An empty query finds all of them.
        """
        ranked = ((_rank(one, query.casefold().split()), one.name, one) for one in self.integrations)
        return tuple(one for rank, _, one in sorted(ranked, key=lambda entry: entry[:2]) if rank < _NO_MATCH)

    def serving(self, role: Role) -> tuple[Integration, ...]:
        """The integrations that can play a role, by name."""
        return tuple(one for one in self.integrations if role in one.roles)

    def similar(self, name: str, most: int = 3) -> tuple[str, ...]:
        """The names that look most like this one, the nearest first."""
        near = get_close_matches(plain(name), self._by_name, n=most)
        return tuple(dict.fromkeys(self._by_name[close].name for close in near))

    def nearest(self, name: str) -> str | None:
        """The name that was probably meant, or nothing if none is near."""
        return next(iter(self.similar(name, most=1)), None)

    def alternatives(self, integration: Integration, role: Role) -> tuple[Integration, ...]:
        """What else could play the role: same category, at most five, those that Dagway tests first."""
        others = (
            one
            for one in self.serving(role)
            if one.category == integration.category and one.name != integration.name
        )
        return tuple(sorted(others, key=lambda one: _readiness(one, role)))[:MOST_ALTERNATIVES]


def _readiness(one: Integration, role: Role) -> tuple[bool, int, str]:
    return role not in one.dagway, _BEST_TESTED_FIRST[one.tested], one.name


def _rank(one: Integration, words: list[str]) -> int:
    """How well the words fit: 0 a name or the category, 1 in the names, 2 in the title, 3 anywhere."""
    names = " ".join((one.name, *one.aliases))
    title = f"{names} {one.title}".casefold()
    text = " ".join((title, one.category, one.description, one.package or "", *one.roles)).casefold()
    exact = {plain(name) for name in (one.name, *one.aliases, one.category)}
    if plain(" ".join(words)) in exact:
        return 0
    places = (
        place for place, there in enumerate((names, title, text), start=1) if all(w in there for w in words)
    )
    return next(places, _NO_MATCH)
