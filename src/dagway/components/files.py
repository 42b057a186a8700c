"""Files of a folder or an object store, loaded into the warehouse."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import dagster as dg

from dagway.blueprint.patterns import fixed_folder
from dagway.components import quarantine
from dagway.components.asked import Asked
from dagway.components.asset_spec import column_types
from dagway.components.object_store import Location, fetch
from dagway.components.quarantine import Quarantine
from dagway.components.reading import duckdb_types, file_of_table, read_file
from dagway.components.resolving import plain, text
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session
from dagway.components.warehouse.session import Columns
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class Files(Asked, Source, dg.Resolvable):
    """CSV, Parquet and JSON files, each table loaded by a step of its own.

    Files of a pattern are one table: columns belong together by name, and are null in files that do not have them. What
    came and went since the last load stands in the metadata. A file that has not even a header is an error; so are files without
    a row for a table that has some, unless it has `allow_empty: true`. Of a partition, no row is no mistake.
    """

    path: Annotated[
        str, text("The folder from the project's root, or `s3://bucket/folder`, `gs://…`, `az://…`.")
    ] = ""

    errors: Annotated[
        Literal["fail", "quarantine"],
        plain(
            "Whether a line that cannot be read fails the load, or goes to `<source>.<table>__quarantine` with its reason;"
            " CSV only.",
            Literal["fail", "quarantine"],
        ),
    ] = "fail"

    def own_checks(self, key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
        return (quarantine.check_spec(key),) if self.errors == "quarantine" else ()

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        before, table = session.columns(load.table), load.props.attributes
        with self._pattern(load.root, table) as pattern:
            aside = Quarantine(f"{fixed_folder(pattern)}/") if self.errors == "quarantine" else None
            types = duckdb_types(column_types(table), table.dialect)
            rows = read_file(pattern, types, load.part, aside)
            store(session, load.table, rows, load.part, allow_empty=table.allow_empty)
        metadata = _changes(before, session.columns(load.table))
        if aside is None:
            return Loaded(metadata=metadata)
        lines = aside.store(session, load.table)
        result = quarantine.check_result(context.asset_key, load.table, lines)
        return Loaded(metadata={**metadata, "quarantined_rows": lines}, results=(result,))

    @contextmanager
    def _pattern(self, root: Path, table: SourceTable) -> Generator[str]:
        """The table's files on this machine, fetched if they are objects."""
        wanted = self._address(table)
        if self.in_demo and self.demo_path is not None:
            yield str(self.demo_file(root, table))
        elif "://" not in wanted:
            yield str(self._own_file(root, table))
        else:
            with TemporaryDirectory() as folder:
                yield fetch(Location.of(wanted, root), Path(folder), demo=self.in_demo, waits=self.waits())

    def local_file(self, root: Path, table: SourceTable) -> Path | None:
        if self.in_demo and self.demo_path is not None:
            return super().local_file(root, table)
        try:
            return None if "://" in self._address(table) else self._own_file(root, table)
        except DagwayError:
            return None

    def _own_file(self, root: Path, table: SourceTable) -> Path:
        names = (table.table or table.name, table.name)
        return root / self._address(table) if table.path else file_of_table(root / self.path, names)

    def _address(self, table: SourceTable) -> str:
        """Where a table's files are: by its own path, which `path` stands before unless it is an address itself."""
        own = table.path or f"{table.table or table.name}.*"
        return own if "://" in own or not self.path else f"{self.path.rstrip('/')}/{own}"


def _changes(before: Columns, after: Columns) -> dict[str, str]:
    """Columns that came and went since the last load; nothing for the first one."""
    old, new = [name for name, _ in before], [name for name, _ in after]
    came = ", ".join(name for name in new if name not in old)
    went = ", ".join(name for name in old if name not in new)
    told = {"new_columns": came, "gone_columns": went} if before else {}
    return {name: columns for name, columns in told.items() if columns}
