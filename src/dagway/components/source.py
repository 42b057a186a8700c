"""What the components of sources share: tables with attributes, demo files, and one way to load a table."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import dagster as dg

from dagway.blueprint.patterns import files_named
from dagway.components.asset_spec import column_types
from dagway.components.attributes import Attributes, Block, Demonstrable
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.reading import duckdb_types, file_of_table, read_file
from dagway.components.resolving import plain, text
from dagway.components.table_step import Loaded, TableLoad, TableStep
from dagway.components.translation import AssetProps, Translated
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa

    Rows = AbstractContextManager[pa.RecordBatchReader]


FILE = "dagway/file"
"""Metadata of an asset whose rows are read from a file on this machine."""


@dataclass(kw_only=True)
class SourceTable(Attributes, dg.Resolvable):
    """One table of a source."""

    name: Annotated[str, text("The asset's last key segment: the table `source.name` of the warehouse.")]
    table: Annotated[str | None, text("The table's name at the source, `schema.table` if needed.")] = None
    path: Annotated[
        str | None,
        text("The table's file or pattern in `path`, or an address, if it is not `<path>/<table>.*`."),
    ] = None
    allow_empty: Annotated[bool, plain("Whether a source without a row is no mistake.", bool)] = False


@dataclass(kw_only=True)
class Source(Translated, Demonstrable, Block, ABC):
    """A system that tables come from: each is loaded into the warehouse by a step of its own."""

    source: Annotated[str, text("The source's name: the key's first segment and the warehouse's schema.")]
    tables: Annotated[Sequence[SourceTable], dg.Resolver.default(description="The source's tables.")]
    integration: Annotated[str, text("What the source is, such as `postgres`.")] = ""
    demo_path: Annotated[
        str | None, text("Folder of the files that stand in for the tables, from the project's root.")
    ] = None

    @abstractmethod
    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        """Load one table. Made to be overridden: what is done around it stays."""

    def resource_keys(self) -> frozenset[str]:
        """The resources that a load takes, besides the warehouse."""
        return frozenset()

    def own_checks(self, key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
        """Checks that a load answers itself, besides those that the table has."""
        return ()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return dg.Definitions.merge(*(self._table(context, table) for table in self.tables))

    def _table(self, context: dg.ComponentLoadContext, table: SourceTable) -> dg.Definitions:
        kinds = (self.integration,) if self.integration else ()
        props = AssetProps((self.source, table.name), table, kinds)
        spec = self.spec(props)
        if file := self.local_file(context.project_root, table):
            spec = spec.merge_attributes(metadata={FILE: str(file)})
        checks = self.own_checks(spec.key)
        return TableStep(props, spec, self.resource_keys(), checks).definitions(context, self.execute)

    def local_file(self, root: Path, table: SourceTable) -> Path | None:
        """The file or pattern of a table where it is read from this machine; None where it is not, or not there."""
        if not self.in_demo or self.demo_path is None:
            return None
        try:
            return self._demo_file(root / self.demo_path, table)
        except DagwayError:
            return None

    def load_demo(self, session: Session, load: TableLoad[SourceTable]) -> Loaded:
        """Load a table's demo file, by the same code as the real one."""
        table = load.props.attributes
        rows = self._demo_rows(load.root, table, load.part)
        store(session, load.table, rows, load.part, allow_empty=table.allow_empty)
        return Loaded()

    def _demo_rows(self, root: Path, table: SourceTable, part: Part | None) -> "Rows":
        file = self.demo_file(root, table)
        return read_file(str(file), duckdb_types(column_types(table), table.dialect), part)

    def demo_file(self, root: Path, table: SourceTable) -> Path:
        """The file that stands in for a table.

        Raises:
            DagwayError: there is none.
        """
        if self.demo_path is None:
            raise DagwayError(
                f"The source {self.source} has no demo data.", "Set `demo_path` to a folder of files."
            )
        return self._demo_file(root / self.demo_path, table)

    def _demo_file(self, folder: Path, table: SourceTable) -> Path:
        """`<folder>/<path>` where the table has a path and files are there; else the file called like the table."""
        if table.path and "://" not in table.path and any(files_named(folder, table.path)):
            return folder / table.path
        source_name = (table.table or table.name).rpartition(".")[2]
        return file_of_table(folder, (table.name, source_name))


def store(session: Session, table: str, rows: "Rows", part: Part | None, *, allow_empty: bool = True) -> None:
    """Put the rows in the warehouse: all of them as the table, or those of the part in the place of its old ones.

    Args:
        allow_empty: whether no row at all may take the place of a table that has some. A part without rows always may.

    Raises:
        DagwayError: there is none and it may not; the table is as it was.
    """
    with rows as batches:
        if part is None:
            session.replace(table, batches if allow_empty else _not_emptying(session, table, batches))
            return
        types = {field.name.lower(): str(field.type) for field in batches.schema}
        kind = kind_of_type(types.get(part.column.lower(), ""))
        session.replace(table, batches, condition(part, kind, session.quoted(part.column)))


def _not_emptying(session: Session, table: str, batches: "pa.RecordBatchReader") -> "pa.RecordBatchReader":
    """The same batches, the first that has a row looked at before anything is changed."""
    import pyarrow as pa

    first = next((batch for batch in batches if batch.num_rows), None)
    if first is None and _has_rows(session, table):
        raise DagwayError(
            f"No row came for {table}, which has some; it is as it was.",
            "See what became of the source; if it may be empty, set the table's `allow_empty: true`.",
        )

    def read() -> Iterator[pa.RecordBatch]:
        if first is not None:
            yield first
        yield from batches

    return pa.RecordBatchReader.from_batches(batches.schema, read())


def _has_rows(session: Session, table: str) -> bool:
    return session.exists(table) and bool(session.rows(f"select 1 from {session.name(table)} limit 1"))
