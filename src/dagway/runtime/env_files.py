"""Variables of `.env` files, for a process that loads a project on a platform: the environment goes before them.

They are read at each load, so that a reload takes up what has changed. Where no platform has set `ENV_FILES`, a code server reads
`.env` as Dagster's own does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dagway.project.env_file import become, said

#: An `EnvFiles` as text: names and paths, no values. Whoever starts a code server of a platform sets it.
ENV_FILES = "DAGWAY_ENV_FILES"


@dataclass(frozen=True)
class EnvFiles:
    """What files may say to a process.

    Attributes:
        paths: the files; where several have a name, the first says it.
        taken: names that the process's environment has from these files, as they were when it was made.
        kept: names that no file says.
    """

    paths: tuple[Path, ...] = ()
    taken: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    @classmethod
    def of_text(cls, text: str) -> EnvFiles:
        """What `text` has made a text of."""
        paths, taken, kept = json.loads(text)
        return cls(tuple(map(Path, paths)), frozenset(taken), frozenset(kept))

    @property
    def text(self) -> str:
        """As a text, for a variable."""
        return json.dumps([[str(path) for path in self.paths], sorted(self.taken), sorted(self.kept)])

    def applied(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment with what the files say now in the place of what they said then.

        Raises:
            DagwayError: a file cannot be read.
        """
        own = {name: value for name, value in environment.items() if name not in self.taken}
        return {**own, **{name: value for name, value, _ in said(self.paths, own, self.kept)}}


def settle() -> bool:
    """Gives this process the variables of its platform's files; False where none has said which these are.

    Raises:
        DagwayError: a file cannot be read; this process keeps the variables that it has.
    """
    text = os.environ.pop(ENV_FILES, "")
    if not text:
        return False
    become(EnvFiles.of_text(text).applied(os.environ))
    return True
