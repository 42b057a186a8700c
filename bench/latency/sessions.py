"""What is measured with the same servers, and how long it may take. Pure but for the clock that is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: Of versions of Dagster besides the first that is named.
ROWS_OF_OTHER_VERSIONS = ("one", "chain_10")
#: It has servers of its own, which load two thousand assets and dbt.
LARGE = "large"


@dataclass(frozen=True)
class Session:
    """One set of servers, and the groups of rows that are measured with them.

    Attributes:
        peers: their short names.
        others: whether peers that are not Dagster take part.
    """

    dagster: str
    storage: str
    groups: Sequence[str]
    others: bool

    @property
    def large(self) -> bool:
        """Whether it is the one of the large project."""
        return LARGE in self.groups


def sessions(versions: Sequence[str], storages: Sequence[str], groups: Sequence[str]) -> list[Session]:
    """All of them; the first version with every row and storage, the others with the rows that show a change."""
    found: list[Session] = []
    for version in versions:
        first = version == versions[0]
        wanted = [group for group in groups if first or group in ROWS_OF_OTHER_VERSIONS]
        for storage in storages if first else storages[:1]:
            small = [group for group in wanted if group != LARGE]
            found += [Session(version, storage, small, others=first)] if small else []
            found += [Session(version, storage, [LARGE], others=False)] if LARGE in wanted else []
    return found


@dataclass
class Budget:
    """So many seconds for so many groups: each may take its share of what is left, those after a short one more.

    Attributes:
        groups: how many are still to come.
    """

    seconds: float
    groups: int
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    def next(self) -> Callable[[], bool]:
        """For the next group: whether its time is over."""
        now = self.clock()
        end = now + (self._end - now) / max(self.groups, 1)
        self.groups -= 1
        return lambda: self.clock() > end


def skipped(words: Sequence[str], groups: Mapping[str, object]) -> dict[str, str]:
    """Reasons by group, out of `GROUP=REASON`.

    Raises:
        ValueError: there is no such group, or no reason is given.
    """
    found: dict[str, str] = {}
    for word in words:
        name, _, reason = word.partition("=")
        if name not in groups or not reason.strip():
            raise ValueError(f"{word!r} is no ROW=REASON; rows are {', '.join(groups)}")
        found[name] = reason.strip()
    return found
