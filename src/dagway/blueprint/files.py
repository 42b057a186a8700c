"""Files that a blueprint names: inside its folder, also through symbolic links, and there where they must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dagway.blueprint.mistake import BlueprintErrors
from dagway.blueprint.page import read
from dagway.blueprint.patterns import below, files_named, fixed_folder, is_pattern, matching

DATA_ENDINGS = (".csv", ".parquet", ".jsonl", ".json", ".ndjson", ".csv.gz", ".jsonl.gz", ".json.gz")
"""How a data file may end, in the order in which they are looked for."""

_FOREIGN = re.compile(r"[\x00-\x1f\\]|^[A-Za-z]:|^(?i:file):|^~|^/")


def files_of(names: Sequence[str]) -> Iterator[str]:
    """How the data file of a table may be called, in the order in which it is looked for."""
    return (f"{name}{ending}" for name in names for ending in DATA_ENDINGS)


def names_file(value: str) -> bool:
    """Whether a value of `sql` names a file: one line that ends in `.sql`."""
    text = value.strip()
    return text.endswith(".sql") and "\n" not in text


class PathError(ValueError):
    """A path that a blueprint may not name, or that is not there; the arguments are message and remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class DemoTable:
    """A source's table for which a demo folder needs a file.

    Attributes:
        source_name: what it is called at the source.
        path: its own file or pattern, from the folder; None where it is called like the table.
    """

    name: str
    source_name: str | None = None
    path: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """How its file may be called, without the ending."""
        at_source = (self.source_name or self.name).rpartition(".")[2]
        return tuple(dict.fromkeys([self.name, at_source]))


@dataclass
class Folder:
    """The blueprint's folder, and the text of the files in it that were read."""

    path: Path
    texts: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self._root = self.path.resolve()
        self._names: dict[Path, frozenset[str]] = {}

    def inside(self, written: str) -> Path:
        """The place of a path as written.

        Raises:
            PathError: it is absolute or leaves the folder.
        """
        _refuse_leaving(written)
        try:
            place = (self._root / written).resolve()
        except (OSError, RuntimeError, ValueError):
            raise PathError(
                f"the path `{written[:80]}` cannot be read", "write a shorter, plain path"
            ) from None
        self._refuse_outside(place, written)
        return place

    def holds(self, written: str) -> None:
        """Make sure that a path, or each file that a pattern matches, stays inside; none of it need be there.

        Raises:
            PathError: it is absolute or leaves the folder.
        """
        self.inside(written)
        for found in self._matching(written):
            self._refuse_outside(found.resolve(), written)

    def _refuse_outside(self, place: Path, written: str) -> None:
        if not place.is_relative_to(self._root):
            raise PathError(
                f"the path `{written[:80]}` leaves the blueprint's folder through a symbolic link",
                "copy the file into the blueprint's folder",
            )

    def sql(self, written: str) -> str:
        """The text of a `.sql` file, which must be there.

        Raises:
            PathError: it is not there or cannot be read.
        """
        place = self.inside(written)
        if written not in self.texts:
            if not _exists(place):
                raise PathError(
                    f"there is no file `{written[:80]}`", "write the query into it, or inline after `sql: |`"
                )
            self.texts[written] = self._read(place, written)
        return self.texts[written]

    def python(self, written: str) -> None:
        """Read a `.py` file if it is there; one that is not will be written as a skeleton.

        Raises:
            PathError: its path is refused or it cannot be read.
        """
        place = self.inside(written)
        if written not in self.texts and _exists(place):
            self.texts[written] = self._read(place, written)

    def demo(self, written: str, tables: Sequence[DemoTable]) -> None:
        """Make sure that a folder has a data file for each table.

        Raises:
            PathError: the folder or a file is not there.
        """
        names = self._listed(self.inside(written), written, tables)
        folder = written.rstrip("/")
        missing = [table for table in tables if not self._is_there(folder, table, names)]
        if missing:
            file = missing[0].path or f"{missing[0].name}.csv"
            raise PathError(
                f"`{written[:80]}` has no file for {_listing([table.name for table in missing])}",
                f"put {file[:80]} there (data files end in {', '.join(DATA_ENDINGS)})",
            )

    def _is_there(self, folder: str, table: DemoTable, names: frozenset[str]) -> bool:
        """Whether the folder has the table's own path, or a file that is called like the table."""
        if table.path and self._matches(f"{folder}/{table.path}"):
            return True
        file = next((file for file in files_of(table.names) if file in names), None)
        if file:
            self.inside(f"{folder}/{file}")
        return file is not None

    def _matches(self, written: str) -> bool:
        """Whether a path, or a pattern such as `days/*.csv`, names a file."""
        self.holds(written)
        try:
            return any(files_named(self.inside(fixed_folder(written)), below(written)))
        except (OSError, ValueError, NotImplementedError):
            return False

    def _matching(self, written: str) -> Iterator[Path]:
        """What a pattern matches; nothing where it is none."""
        if not is_pattern(written):
            return
        folder = self.inside(fixed_folder(written))
        try:
            yield from matching(folder, below(written))
        except (OSError, ValueError, NotImplementedError):
            return

    def _listed(self, place: Path, written: str, tables: Sequence[DemoTable]) -> frozenset[str]:
        if place not in self._names:
            try:
                self._names[place] = frozenset(file.name for file in place.iterdir() if file.is_file())
            except OSError:
                raise PathError(
                    f"there is no folder `{written[:80]}`",
                    f"put a file for each table there, such as {tables[0].name if tables else 'orders'}.csv, or leave `demo` out",
                ) from None
        return self._names[place]

    def _read(self, place: Path, written: str) -> str:
        try:
            return read(place, "file")
        except BlueprintErrors as error:
            mistake = error.mistakes[0]
            raise PathError(f"`{written[:80]}`: {mistake.message}", mistake.remedy) from None


def _refuse_leaving(written: str) -> None:
    if _FOREIGN.search(written) or ".." in PurePosixPath(written).parts:
        raise PathError(
            f"the path `{written[:80]}` leaves the blueprint's folder",
            "write a path from the blueprint's folder, with / and without ..",
        )


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except (OSError, ValueError):
        return False


def _listing(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
