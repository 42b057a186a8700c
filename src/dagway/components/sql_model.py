"""A table or view that a query makes in the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import dagster as dg
from pydantic import Field

from dagway.components.asset_spec import key_of
from dagway.components.attributes import Attributes, Block
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.resolving import plain, text
from dagway.components.table_step import Loaded, TableLoad, TableStep
from dagway.components.translation import AssetProps, Translated
from dagway.components.warehouse import Session
from dagway.components.warehouse.merge import merge_query
from dagway.errors import DagwayError

Key = tuple[str, ...]


class SqlIncrementalAttributes(dg.Model):
    """Which rows of the table a run replaces; exactly one of both."""

    column: str | None = Field(
        default=None,
        description="Those of its partitions: a date, time or text column that says to which one a row belongs.",
    )
    key: str | list[str] | None = Field(
        default=None,
        description="Those with the keys of the query's rows: the columns that tell the rows apart."
        " A query that reads its own table needs a first run by one that does not.",
    )


@dataclass(kw_only=True)
class SqlModel(Attributes, Translated, Block, dg.Resolvable):
    """A table or view that a query makes in the warehouse; what it reads becomes its dependencies.

    A run makes the whole table, unless `incremental` says which rows it replaces. With `column`, those of the run's partitions. With `key`,
    each row of the query takes the place of the one with its key, and all others stay: let the query give what is new or changed. New
    columns are added, null in the rows that stay. Two rows with one key, a row without one, and values that the table has no place for
    are errors, and the table is as it was.
    """

    key: Annotated[str, text("The asset's key, `group/name`: the table `group.name`.")]
    sql_file: Annotated[str, text("The query's file, beside `defs.yaml`.")]
    materialized: Annotated[
        Literal["table", "view"], plain("What the query makes.", Literal["table", "view"])
    ] = "table"
    incremental: Annotated[
        Mapping[str, Any] | None,
        plain("Which rows a run replaces; all if left out.", SqlIncrementalAttributes),
    ] = None
    deps: Annotated[Sequence[str], plain("Upstream assets that the query does not name.", list[str])] = ()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        from dagway.sql import tables

        key, sql, dialect = key_of(self.key), self._sql(context), self.dialect or "duckdb"
        self._refuse_other_increments()
        named = tables(sql, dialect)
        read = tuple(found for found in named if found != key)
        props = AssetProps(key, self, ("sql", dialect), (*read, *map(key_of, self.deps)))

        def load(run: dg.AssetExecutionContext, session: Session, wanted: TableLoad[SqlModel]) -> Loaded:
            if key in named and not session.exists(wanted.table):
                raise DagwayError(
                    f"The query reads its own table {wanted.table}, which is not there yet.",
                    "Materialize it once by a query that does not, such as all rows; then write this one.",
                )
            query = spoken(sql, dialect, session.dialect)
            told = self.execute(run, session, wanted, query)
            return Loaded(query, _lineage(session, sql, dialect, read), told or {})

        return TableStep(props, self.spec(props)).definitions(context, load)

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: "TableLoad[SqlModel]", query: str
    ) -> Mapping[str, Any] | None:
        """Make the table or view of the query, which is in the warehouse's words; gives metadata. Made to be overridden."""
        if self.materialized == "view":
            session.create_view(load.table, query)
        elif key := self._key_columns:
            return merge_query(session, load.table, query, key).metadata()
        else:
            _build(session, load.table, query, load.part)
        return None

    @property
    def _key_columns(self) -> Sequence[str]:
        key = (self.incremental or {}).get("key") or ()
        return (key,) if isinstance(key, str) else key

    def _refuse_other_increments(self) -> None:
        """See that `incremental` is one that the table can have."""
        if self.incremental is None:
            return
        if self.materialized == "view":
            raise DagwayError(f"{self.key}: a view cannot be incremental.", "Make it a table.")
        if bool(self._key_columns) == bool(self.incremental.get("column")):
            raise DagwayError(
                f"{self.key}: `incremental` needs `column` or `key`, and only one of them.",
                "Write `column` where a run replaces the rows of its partitions, `key` where it replaces single rows.",
            )
        if self._key_columns and self.partitions:
            raise DagwayError(
                f"{self.key} has partitions and an `incremental` by key.",
                "A partition replaces its rows, which `column` tells; a key replaces single rows: leave one of them out.",
            )

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
