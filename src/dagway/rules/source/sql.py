"""An SQL file, and whether dbt reads it."""

from __future__ import annotations

from dataclasses import dataclass

from dagway.rules.source.text import TextFile


@dataclass(frozen=True, eq=False)
class SqlFile(TextFile):
    """One SQL file.

    Attributes:
        is_dbt_model: it lies in a model folder of a dbt project.
    """

    is_dbt_model: bool = False
