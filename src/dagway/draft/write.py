"""From a folder or a database to a blueprint on disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dagway.draft.model import SourceProfile
from dagway.draft.names import identifier
from dagway.draft.text import blueprint_text, table_lines
from dagway.errors import DagwayError


@dataclass(frozen=True)
class Draft:
    """What was written: the blueprint, a line for each table, and what a database needs besides."""

    path: Path
    tables: tuple[str, ...]
    checks: int
    variable: str | None
    demo: str | None


def write_draft(
    source: str, output: Path, *, name: str | None, tables: Sequence[str], sample: int, force: bool
) -> Draft:
    """Profile the source and write the blueprint.

    Raises:
        DagwayError: nothing to read, a file in the way, or files outside the blueprint's folder.
    """
    from dagway.blueprint.load import load_text

    if output.exists() and not force:
        raise DagwayError(
            f"{output} is there already.", "Name another file with --output, or write over it with --force."
        )
    base = output.resolve().parent
    base.mkdir(parents=True, exist_ok=True)
    sources = _read(source, base, sample, tables)
    text = blueprint_text(identifier(name or sources[0].name), sources)
    load_text(text, output)
    _replace(output, text)
    database = next((found for found in sources if found.kind == "database"), None)
    return Draft(
        output,
        tuple(line for found in sources for line in table_lines(found)),
        text.count("\n      - "),
        database.address if database else None,
        database.demo if database else None,
    )


def _read(source: str, base: Path, sample: int, tables: Sequence[str]) -> tuple[SourceProfile, ...]:
    from dagway.draft.database import read_database
    from dagway.draft.folder import read_folder

    folder = Path(source)
    if "://" in source:
        return (read_database(source, base, sample, tables),)
    if not folder.is_dir():
        raise DagwayError(
            f"{source} is no folder.",
            "Name a folder of data files, or a database as postgresql://user@host/database or sqlite:///file.db.",
        )
    if not folder.resolve().is_relative_to(base):
        raise DagwayError(
            f"{source} lies outside {base}, where the blueprint would stand.",
            f"Write the blueprint beside the files: --output {folder / 'blueprint.yaml'}.",
        )
    return read_folder(folder.resolve(), base, sample)


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    pending = path.with_name(f".{path.name}.{os.getpid()}")
    pending.write_text(text, encoding="utf-8")
    pending.replace(path)
