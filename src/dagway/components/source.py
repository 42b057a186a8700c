"""What the components of sources share: tables with attributes, demo files, and one way to load a table."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import dagster as dg

from dagway.components.asset_spec import Key, column_types
from dagway.components.attributes import Attributes, Demonstrable
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.reading import duckdb_types, file_of_table, read_file
from dagway.components.resolving import text
from dagway.components.table_step import Load, Loaded, TableStep
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa

    Rows = AbstractContextManager[pa.RecordBatchReader]


@dataclass(kw_only=True)
class SourceTable(Attributes, dg.Resolvable):
    """One table of a source."""

    name: Annotated[str, text("The asset's last key segment: the table `source.name` of the warehouse.")]
    table: Annotated[str | None, text("The table's name at the source, `schema.table` if needed.")] = None
    path: Annotated[
        str | None,
        text("The table's file or pattern in `path`, or an address, if it is not `<path>/<table>.*`."),
    ] = None


@dataclass(kw_only=True)
class Source(Demonstrable):
    """A system that tables come from."""

    source: Annotated[str, text("The source's name: the key's first segment and the warehouse's schema.")]
    tables: Annotated[Sequence[SourceTable], dg.Resolver.default(description="The source's tables.")]
    integration: Annotated[str, text("What the source is, such as `postgres`.")] = ""
    demo_path: Annotated[
        str | None, text("Folder of the files that stand in for the tables, from the project's root.")
    ] = None

    def key(self, table: SourceTable) -> Key:
        return (self.source, table.name)

    def step(
        self, context: dg.ComponentLoadContext, table: SourceTable, resources: frozenset[str] = frozenset()
    ) -> TableStep:
        """The step that loads one table."""
        kinds = (self.integration,) if self.integration else ()
        return TableStep(self.key(table), table, context.path, kinds, (), resources)

    def demo_load(self, root: Path, table: SourceTable) -> Load:
        """Load a table's demo file, by the same code as the real one."""

        def load(_: dg.AssetExecutionContext, session: Session, name: str, part: Part | None) -> Loaded:
            store(session, name, self._demo_rows(root, table, part), part)
            return Loaded()

        return load

    def _demo_rows(self, root: Path, table: SourceTable, part: Part | None) -> "Rows":
        if self.demo_path is None:
            raise DagwayError(
                f"The source {self.source} has no demo data.", "Set `demo_path` to a folder of files."
            )
        file = self._demo_file(root / self.demo_path, table)
        return read_file(str(file), duckdb_types(column_types(table), table.dialect), part)

    def _demo_file(self, folder: Path, table: SourceTable) -> Path:
        """`<folder>/<path>` where the table has a path and files are there; else the file called like the table."""
        own = folder / table.path if table.path and "://" not in table.path else None
        if own and (own.is_file() or any(folder.glob(str(own.relative_to(folder))))):
            return own
        source_name = (table.table or table.name).rpartition(".")[2]
        return file_of_table(folder, (table.name, source_name))


def store(session: Session, table: str, rows: "Rows", part: Part | None) -> None:
    """Put the rows in the warehouse: all of them as the table, or those of the part in the place of its old ones."""
    with rows as batches:
        if part is None:
            session.replace(table, batches)
            return
        types = {field.name.lower(): str(field.type) for field in batches.schema}
        kind = kind_of_type(types.get(part.column.lower(), ""))
        session.replace(table, batches, condition(part, kind, session.quoted(part.column)))
