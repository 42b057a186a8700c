"""What a Feast repository defines, as values: plain data that goes between processes. Imports no Feast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """Where a view's rows come from.

    Attributes:
        path: the file or the table, as the repository writes it.
    """

    name: str
    path: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class View:
    """A feature view that can be materialized.

    Attributes:
        features: name and type of each.
        sources: what its rows come from: its own source, or the sources of the views that it is made of.
        kind: Feast's class of it.
    """

    name: str
    description: str
    owner: str
    tags: Mapping[str, str]
    entities: Sequence[str]
    features: Mapping[str, str]
    sources: Sequence[Source]
    ttl_seconds: float
    kind: str


def view_of(written: Mapping[str, Any]) -> View:
    """A view of its JSON."""
    known: dict[str, Any] = dict(written)
    known["sources"] = tuple(Source(**source) for source in known["sources"])
    return View(**known)
