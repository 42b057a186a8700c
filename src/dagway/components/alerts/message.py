"""What an alert says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One thing that happened.

    Attributes:
        what: a sentence, such as `Run failed`.
        assets: keys as `group/name`; owners: theirs, each once.
        error: the error's text, or why a check failed; empty where nothing went wrong.
    """

    what: str
    job: str = ""
    run_id: str = ""
    assets: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    error: str = ""

    def text(self) -> str:
        """The message as lines that people read."""
        named = {
            "Job": self.job,
            "Run": self.run_id,
            "Assets": ", ".join(self.assets),
            "Owners": ", ".join(self.owners),
        }
        lines = [self.what, *(f"{name}: {value}" for name, value in named.items() if value)]
        return "\n".join([*lines, *([f"```{self.error[:1500]}```"] if self.error else [])])

    def to_json(self) -> dict[str, Any]:
        """The message for programs; `text` is what people read."""
        return {
            "text": self.text(),
            "what": self.what,
            "job": self.job,
            "run_id": self.run_id,
            "assets": list(self.assets),
            "owners": list(self.owners),
            "error": self.error,
        }
