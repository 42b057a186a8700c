"""What each file of tests has shown on each side, in the repository: all of them take hours, and need not be run in one go.

Names of tests and their outcomes, nothing else of them; one JSON file for each version of Dagster.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.outcomes import Outcomes

FOLDER = Path(__file__).parent / "shown"


@dataclass(frozen=True)
class Shown:
    """What a file showed: its outcomes, and the commit of Dagway at which it ran."""

    outcomes: Outcomes
    commit: str


@dataclass
class Kept:
    """All that is known for one version of Dagster. Safe to write from several threads."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, version: str, folder: Path = FOLDER) -> Kept:
        """Those of a version."""
        return cls(folder / f"dagster-{version}.json")

    def of_file(self, side: str, file: str) -> Shown | None:
        """What a file showed on a side; None where it has not run."""
        found = self._read().get(file, {}).get(side)
        if found is None:
            return None
        outcomes = {test: outcome for outcome, tests in found["outcomes"].items() for test in tests}
        return Shown(outcomes, found["commit"])

    def put(self, side: str, file: str, shown: Shown) -> None:
        """Keep it, in the place of what was known of this file and side."""
        by_outcome: dict[str, list[str]] = {}
        for test, outcome in sorted(shown.outcomes.items()):
            by_outcome.setdefault(outcome, []).append(test)
        with self._lock:
            known = {file: dict(sides) for file, sides in self._read().items()}
            known.setdefault(file, {})[side] = {"commit": shown.commit, "outcomes": by_outcome}
            self.path.parent.mkdir(parents=True, exist_ok=True)
            written = self.path.with_suffix(".new")
            written.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            written.replace(self.path)

    def _read(self) -> Mapping[str, Mapping[str, Any]]:
        return json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
