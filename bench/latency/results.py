"""What was measured, kept in `.bench/latency.json` from one session to the next: a row that is measured again replaces its own."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: In the place of a peer where nobody was measured.
NOBODY = ""


@dataclass(frozen=True)
class Result:
    """A peer's values of one row, round by round; or why there are none."""

    row: str
    storage: str
    dagster: str
    peer: str
    values: Sequence[float]
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where it stands in the table."""
        return self.row, self.storage, self.dagster, self.peer


def kept(file: Path) -> list[Result]:
    """Results of earlier sessions."""
    if not file.exists():
        return []
    return [Result(**each) for each in json.loads(file.read_text())]


def keep(file: Path, fresh: Sequence[Result]) -> list[Result]:
    """Write these in the place of all that was known of their rows, so that one row is of one session; all that are kept now."""
    rows = {result.place[:3] for result in fresh}
    every = [*(old for old in kept(file) if old.place[:3] not in rows), *fresh]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(result) for result in every], indent=1))
    return every
