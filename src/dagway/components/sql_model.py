"""A table or view that a query makes in the warehouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import dagster as dg

from dagway.components.asset_spec import key_of
from dagway.components.attributes import Attributes, Block
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.resolving import plain, text
from dagway.components.table_step import Loaded, TableLoad, TableStep
from dagway.components.translation import AssetProps, Translated
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

Key = tuple[str, ...]


@dataclass(kw_only=True)
class SqlModel(Attributes, Translated, Block, dg.Resolvable):
    """A table or view that a query makes in the warehouse; what it reads becomes its dependencies."""

    key: Annotated[str, text("The asset's key, `group/name`: the table `group.name`.")]
    sql_file: Annotated[str, text("The query's file, beside `defs.yaml`.")]
    materialized: Annotated[
        Literal["table", "view"], plain("What the query makes.", Literal["table", "view"])
    ] = "table"
    deps: Annotated[Sequence[str], plain("Upstream assets that the query does not name.", list[str])] = ()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        from dagway.sql import tables

        key, sql, dialect = key_of(self.key), self._sql(context), self.dialect or "duckdb"
        if self.materialized == "view" and self.incremental is not None:
            raise DagwayError(f"{self.key}: a view cannot be incremental.", "Make it a table.")
        read = tuple(found for found in tables(sql, dialect) if found != key)
        props = AssetProps(key, self, ("sql", dialect), (*read, *map(key_of, self.deps)))

        def load(run: dg.AssetExecutionContext, session: Session, wanted: TableLoad[SqlModel]) -> Loaded:
            query = spoken(sql, dialect, session.dialect)
            self.execute(run, session, wanted, query)
            return Loaded(query, _lineage(session, sql, dialect, read))

        return TableStep(props, self.spec(props)).definitions(context, load)

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: "TableLoad[SqlModel]", query: str
    ) -> None:
        """Make the table or view of the query, which is in the warehouse's words. Made to be overridden."""
        if self.materialized == "view":
            session.create_view(load.table, query)
        else:
            _build(session, load.table, query, load.part)

    def _sql(self, context: dg.ComponentLoadContext) -> str:
        path = context.path / self.sql_file
        if not path.is_file():
            raise DagwayError(f"{self.key}: there is no file {path}.", "Write the query there.")
        return path.read_text(encoding="utf-8").strip().rstrip(";")


def _build(session: Session, table: str, query: str, part: Part | None) -> None:
    if part is None:
        session.create_table(table, query)
        return
    types = {name.lower(): sql_type for name, sql_type in session.sample(query, 0).columns}
    if part.column.lower() not in types:
        raise DagwayError(
            f"The query has no column {part.column!r}, which `incremental` names.",
            f"Its columns are {', '.join(types)}.",
        )
    column = session.quoted(part.column)
    where = condition(part, kind_of_type(types[part.column.lower()]), column)
    session.create_table(table, f"select * from ({query}\n) as rows_of_run where {where}", where)


def spoken(sql: str, written: str, dialect: str) -> str:
    """The query in the warehouse's words."""
    if written == dialect:
        return sql
    from dagway.sql import transpile

    return transpile(sql, written, dialect)


def _lineage(
    session: Session, sql: str, dialect: str, read: tuple[Key, ...]
) -> dict[str, tuple[tuple[Key, str], ...]]:
    from dagway.sql.names import table_name

    return _described(sql, dialect, tuple((key, tuple(session.columns(table_name(key)))) for key in read))


@lru_cache(maxsize=4096)
def _described(
    sql: str, dialect: str, columns: tuple[tuple[Key, tuple[tuple[str, str], ...]], ...]
) -> dict[str, tuple[tuple[Key, str], ...]]:
    """Column → the upstream columns it is made from; nothing for a query that the warehouse reads and we do not."""
    from dagway.sql import SqlError, describe

    try:
        return dict(describe(sql, dialect, {key: dict(found) for key, found in columns}).lineage)
    except SqlError:
        return {}
