"""Blocks that stand on an integration's own package: imported when asked for, offered where the package is installed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from dagway.errors import DagwayError


@dataclass(frozen=True)
class Offer:
    """Where a block is, what it stands on, and how that is installed.

    Attributes:
        module: the module of Dagway that defines it.
        needs: the package that it cannot do without; its parent, if it has one, is a namespace that is always there.
        extra: the extra of Dagway that installs the package.
        since: the first version of the package that has what the block needs; any if left out.
    """

    module: str
    needs: str
    extra: str
    since: str = ""

    @property
    def is_installed(self) -> bool:
        if find_spec(self.needs) is None:
            return False
        if not self.since:
            return True
        from packaging.version import parse

        return parse(version(self.needs.replace("_", "-"))) >= parse(self.since)


def installed(offers: Mapping[str, Offer]) -> Iterator[str]:
    """The names of those that can be used here; nothing is imported."""
    return (name for name, offer in offers.items() if offer.is_installed)


def find(module: str, offers: Mapping[str, Offer], name: str) -> Any:
    """The block of that name.

    Raises:
        AttributeError: there is none.
        DagwayError: its package is not installed.
    """
    offer = offers.get(name)
    if offer is None:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    if not offer.is_installed:
        raise DagwayError(
            f"{module}.{name} needs the package {offer.needs}"
            + (f" {offer.since} or newer" if offer.since else "")
            + ", which is not installed.",
            f"Install it: pip install 'dagway[{offer.extra}]'.",
        )
    return getattr(import_module(offer.module), name)
