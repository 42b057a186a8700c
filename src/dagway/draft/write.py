"""From a folder or a database to a blueprint on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.draft.demo import DEMO
from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import project_name
from dagway.draft.profile import Step
from dagway.draft.text import blueprint_text
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from dagway.blueprint.load import LoadedBlueprint
    from dagway.blueprint.model import Blueprint

DUCKDB = "duckdb:///"
SAMPLE = 100_000
"""Rows that are read of a table, unless somebody says otherwise."""


@dataclass(frozen=True)
class Draft:
    """What was written: the blueprint's path, what it was drafted from, and how many checks it has.

    `left_out` are files and folders that were not read, relative to the blueprint.
    """

    path: Path
    name: str
    sources: tuple[SourceProfile, ...]
    checks: int
    left_out: tuple[str, ...] = ()

    @property
    def database(self) -> SourceProfile | None:
        """The source, if it is a database."""
        return next((source for source in self.sources if source.kind == "database"), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "name": self.name,
            "tables": [_table(source, table) for source in self.sources for table in source.tables],
            "checks": self.checks,
            "left_out": self.left_out,
            "variable": self.database.address if self.database else None,
            "demo": self.database.demo if self.database else None,
        }


def _table(source: SourceProfile, table: TableProfile) -> dict[str, Any]:
    return {
        "source": source.name,
        "name": table.name,
        "origin": table.origin,
        "rows": table.rows,
        "read": table.read,
        "key": table.key,
        "key_declared": table.key_declared,
    }


def write_draft(
    source: str,
    output: Path,
    *,
    name: str | None = None,
    tables: Sequence[str] = (),
    sample: int = SAMPLE,
    force: bool = False,
    step: Step = lambda _done, _total: None,
    check: Callable[[LoadedBlueprint], object] = lambda _loaded: None,
) -> Draft:
    """Profile the source and write the blueprint.

    Args:
        source: a folder, a DuckDB or SQLite file, or a database address.
        name: the project's name; made from the source's if there is none.
        tables: only these of a database, if any are named.
        sample: rows that are read of a table, at most.
        force: write over a blueprint that is there.
        step: told how many tables are read, and of how many.
        check: what else the blueprint must pass before it is written; raises its mistakes.

    Raises:
        DagwayError: nothing to read, a file in the way, files outside the blueprint's folder, or that cannot be written.
    """
    if output.exists() and not force:
        raise DagwayError(
            f"{output} is there already.", "Name another file with --output, or write over it with --force."
        )
    base = output.resolve().parent
    try:
        base.mkdir(parents=True, exist_ok=True)
        with _nothing_left_behind(base / DEMO):
            sources, skipped = _read(source, base, sample, tables, step)
            project = project_name(name or sources[0].name)
            text = blueprint_text(project, sources)
            blueprint = _checked(text, source, output, check)
            _replace(output, text)
    except OSError as error:
        raise DagwayError(
            f"{error.filename or output} cannot be read or written: {error.strerror}.",
            "Name a file in a folder that you may write to, and a source that you may read.",
        ) from None
    checks = sum(len(asset.checks) for asset in blueprint.assets.values())
    return Draft(output, project, sources, checks, skipped)


def _checked(text: str, source: str, output: Path, check: Callable[[LoadedBlueprint], object]) -> Blueprint:
    """The draft as a blueprint. What is wrong with it comes from names at the source: no line of a file can be mended."""
    from dagway.blueprint.load import BlueprintErrors, load_text

    try:
        loaded = load_text(text, output)
        check(loaded)
    except BlueprintErrors as errors:
        mistake = errors.mistakes[0]
        line = f" ({mistake.line.strip()})" if mistake.line.strip() else ""
        raise DagwayError(
            f"{source} makes no blueprint: {mistake.message}{line}.",
            "Give the table or the column another name at its source, or leave the table out.",
        ) from None
    return loaded.blueprint


@contextmanager
def _nothing_left_behind(folder: Path) -> Generator[None]:
    """Files that are new below the folder go again where there is an error: without a blueprint they are nobody's."""
    before = _below(folder)
    try:
        yield
    except BaseException:
        for path in sorted(_below(folder) - before, reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        raise


def _below(folder: Path) -> set[Path]:
    return {folder, *folder.rglob("*")} if folder.is_dir() else set()


def _read(
    source: str, base: Path, sample: int, tables: Sequence[str], step: Step
) -> tuple[tuple[SourceProfile, ...], tuple[str, ...]]:
    """The sources, and what was left out."""
    from dagway.draft.database import read_database
    from dagway.draft.duckdb_file import read_duckdb
    from dagway.draft.file_kind import address_of_file
    from dagway.draft.folder import left_out, read_folder

    folder = Path(source)
    address = source if "://" in source else address_of_file(folder) if folder.is_file() else None
    if address and address.startswith(DUCKDB):
        return (read_duckdb(Path(address.removeprefix(DUCKDB)), base, sample, tables, step),), ()
    if address:
        return (read_database(address, base, sample, tables, step),), ()
    if tables:
        raise DagwayError("--table names a table of a database.", "Leave it out for a folder of files.")
    if not folder.is_dir():
        raise DagwayError(
            f"There is no folder and no file {source}.",
            "Name a folder of data files, a DuckDB or SQLite file, or an address such as postgresql://user@host/database.",
        )
    if not folder.resolve().is_relative_to(base):
        raise DagwayError(
            f"{source} lies outside {base}, where the blueprint would stand.",
            f"Write the blueprint beside the files: --output {folder / 'blueprint.yaml'}.",
        )
    return read_folder(folder.resolve(), base, sample, step), left_out(folder.resolve(), base)


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    pending = path.with_name(f".{path.name}.{os.getpid()}")
    pending.write_text(text, encoding="utf-8")
    pending.replace(path)
