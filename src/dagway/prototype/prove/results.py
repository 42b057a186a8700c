"""What the worker leaves for the process that started it: pickled values of this package, in a private folder."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

from dagway.errors import DagwayError
from dagway.prototype.prove.model import Command, Facts

#: What a shell adds to the number of the signal that ended a process.
SIGNALLED = 128


@dataclass(frozen=True)
class Results:
    """The folder; only the worker writes into it."""

    folder: Path

    def write_facts(self, facts: Facts) -> None:
        """What the observing lane saw."""
        (self.folder / "facts.pickle").write_bytes(pickle.dumps(facts))

    def facts(self) -> Facts | None:
        """What the observing lane saw; None if it did not come to its end."""
        path = self.folder / "facts.pickle"
        return pickle.loads(path.read_bytes()) if path.is_file() else None  # noqa: S301

    def write_commands(self, commands: tuple[Command, ...]) -> None:
        """The commands that ran so far."""
        (self.folder / "commands.pickle").write_bytes(pickle.dumps(commands))

    def commands(self) -> tuple[Command, ...]:
        """The commands that ran."""
        path = self.folder / "commands.pickle"
        return pickle.loads(path.read_bytes()) if path.is_file() else ()  # noqa: S301

    def write_failure(self, error: DagwayError) -> None:
        """Why the project cannot be run."""
        (self.folder / "failure.pickle").write_bytes(pickle.dumps((error.message, error.remedy)))

    def failure(self) -> DagwayError | None:
        """Why the project cannot be run; None if it can."""
        path = self.folder / "failure.pickle"
        return DagwayError(*pickle.loads(path.read_bytes())) if path.is_file() else None  # noqa: S301

    def said(self, *names: str, lines: int = 12) -> list[str]:
        """The last lines that processes printed into files of those names."""
        texts = [path.read_text(errors="replace") for name in names if (path := self.folder / name).is_file()]
        return [line for text in texts for line in text.splitlines() if line.strip()][-lines:]
