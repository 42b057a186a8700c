"""Tables of a REST API, loaded into the warehouse."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import dagster as dg
from pydantic import Field

from dagway.components.asked import Asked
from dagway.components.asset_spec import column_types
from dagway.components.cursor import Since, cursor_of, since
from dagway.components.cursor_load import CursorAttributes, merged, refuse_partitions
from dagway.components.reading import duckdb_types, is_text, read_as_text, read_file
from dagway.components.resolving import plain, text
from dagway.components.rest_api.way_on import full_page
from dagway.components.rest_api.written import written
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session
from dagway.errors import DagwayError
from dagway.simulators.rest import Rest

if TYPE_CHECKING:
    from dagway.components.rest_api.pages import Api, Fetched


class EndpointAttributes(dg.Model):
    """How one table is asked for, in the words of dlt's REST source."""

    path: str | None = Field(default=None, description="Its path below `base_url`; `table` if left out.")
    method: str | None = Field(default=None, description="`GET` or `POST`.")
    params: dict[str, Any] | str | None = Field(default=None, description="Parameters of the query.")
    body: dict[str, Any] | str | None = Field(default=None, alias="json", description="JSON that is sent.")
    headers: dict[str, str] | str | None = Field(default=None, description="Headers besides the API's.")
    data_selector: str | None = Field(
        default=None,
        description="Where the rows are in the answer, `data.items`, or `$`; if left out, the list that the first page has.",
    )
    paginator: dict[str, Any] | str | None = Field(
        default=None, description="How this table goes on; the API's way if left out."
    )


class RestCursorAttributes(CursorAttributes):
    """Only rows beyond those that are there are asked for, and each takes the place of the one with its key."""

    param: str | None = Field(
        default=None, description="The query's parameter that asks for rows from the newest one on."
    )
    format: str = Field(
        default="iso", description="How it is written: `iso`, `epoch`, `epoch_ms`, or strftime's `%Y-%m-%d`."
    )
    start: str | None = Field(
        default=None, description="What the parameter asks for as long as there is no table."
    )


@dataclass(kw_only=True)
class RestTable(SourceTable, dg.Resolvable):
    """One table of the API."""

    endpoint: Annotated[Mapping[str, Any], plain("How it is asked for.", EndpointAttributes)] = field(
        default_factory=dict[str, Any]
    )
    cursor: Annotated[
        Mapping[str, Any] | None,
        plain("What orders its changes; everything is read each time if left out.", RestCursorAttributes),
    ] = None
    optional_columns: Annotated[
        Sequence[str], plain("Columns that rows may leave out; they are null there.", list[str])
    ] = ()
    allow_empty: Annotated[
        bool, plain("Whether an answer without rows is an empty table, and no mistake.", bool)
    ] = False


@dataclass(kw_only=True)
class RestApi(Asked, Source, dg.Resolvable):
    """Tables of a REST API, each loaded into the warehouse by a step of its own: whole, or by a cursor.

    dlt's REST source asks: `auth`, `paginator` and `endpoint` are written as it describes them. Every page is on disk before the warehouse
    sees a row, so a load that breaks off changes nothing. A busy or broken API is asked again for as long as `patience` allows, and
    `Retry-After` is obeyed. A page that comes twice, one without the rows' field, fewer rows than the API says there are, a first page
    that does not say whether more follow, and no row at all are errors. An API that leaves its field or header of the next page out
    where one page has all rows, as GitHub does with `Link`, needs `absent_at_end: 100` in `paginator`, the rows of a full page: a first page
    without it and with fewer rows is all, a full one is an error. `true` takes any number. A count of the API's, such as `X-Total-Count`, is
    obeyed, whether it says that there is more or that these are all.
    On a later page, where the way on was seen, its absence is the end. Objects within rows stay what they are: structures in DuckDB.

    With a `cursor`, the newest row of the warehouse's table says where the next load begins; rows take their places by key. With
    `partitions`, the API is asked for everything each time, and the partition's rows are kept: for a large table, use a cursor.

    In demo mode, files stand in for the tables: a local API serves them, with the same paging and login.
    """

    tables: Annotated[  # pyright: ignore[reportIncompatibleVariableOverride]  read only
        Sequence[RestTable], dg.Resolver.default(description="The API's tables.")
    ]
    base_url: Annotated[str, text("The API's address, which the paths begin at.")]
    auth: Annotated[
        Any, plain("The login: `{type: bearer, token: …}`, `api_key`, `http_basic` or OAuth's.", Any)
    ] = None
    paginator: Annotated[
        Any,
        plain(
            "How tables go on from page to page: `{type: offset, limit: 100}`, `single_page`; if left out, it must show in the answer.",
            Any,
        ),
    ] = None
    max_pages: Annotated[
        int, plain("Pages of one table after which a load is given up: some APIs go on without end.", int)
    ] = 10_000
    headers: Annotated[Mapping[str, str], plain("Headers of every request.", dict[str, str])] = field(
        default_factory=dict[str, str]
    )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        _ = full_page(self.paginator)
        for table in self.tables:
            _ = full_page(table.endpoint.get("paginator"))
            refuse_partitions(f"{self.source}/{table.name}", table, table.cursor)
        return super().build_defs(context)

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        table = load.props.attributes
        assert isinstance(table, RestTable)
        cursor = cursor_of(table.cursor) if table.cursor else None
        begin = since(session, load.table, cursor) if cursor else None
        types = duckdb_types(column_types(table), table.dialect)
        kept = dict(session.columns(load.table)) if cursor else {}
        texts = {name: "varchar" for name, sql_type in kept.items() if is_text(sql_type)}
        exact = read_as_text({**texts, **types})
        with TemporaryDirectory() as folder:
            file = Path(folder) / "rows.jsonl"
            fetched = self._fetched(load.root, table, begin, exact, file)
            if not fetched.rows and begin is not None:
                return Loaded(metadata={"rows_read": 0, "read_from": str(begin.mark)})
            if not fetched.rows:
                return self._empty(session, load, table, types)
            if cursor is None:
                store(session, load.table, read_file(str(file), types, load.part), load.part)
                return Loaded(metadata={"rows_read": fetched.rows})
            known = _known_types(session, kept, texts, fetched)
            with read_file(str(file), {**known, **types}, None) as batches:
                return merged(session, load.table, batches, cursor, begin)

    def _fetched(
        self, root: Path, table: RestTable, begin: Since | None, exact: frozenset[str], file: Path
    ) -> "Fetched":
        from dagway.components.rest_api.pages import fetch

        endpoint: dict[str, Any] = {**table.endpoint, "path": _path(table)}
        if parameters := _from(table.cursor, begin):
            endpoint["params"] = {**endpoint.get("params", {}), **parameters}
        with self.api(root) as api:
            return fetch(api, endpoint, table.optional_columns, exact, file)

    @contextmanager
    def api(self, root: Path) -> "Generator[Api]":
        """The API to ask: in demo mode the simulator's."""
        from dagway.components.rest_api.pages import Api

        vendor = self.vendor(f"The API {self.source}", "auth")
        api = Api(vendor, self.base_url, self.auth, self.paginator, self.headers, self.max_pages)
        if not self.in_demo:
            yield api
            return
        from dagway.components.rest_api.demo import auth_of

        service = self._simulated(root)
        with service.demo() as address:
            yield replace(
                api, base_url=address + urlsplit(self.base_url).path, auth=auth_of(service.login, self.auth)
            )

    def _simulated(self, root: Path) -> Rest:
        from dagway.components.rest_api import demo

        base = urlsplit(self.base_url).path.rstrip("/")
        tables = [
            demo.table(
                f"{base}/{_path(table).lstrip('/')}",
                table.endpoint,
                self.paginator,
                str(self.demo_file(root, table)),
                duckdb_types(column_types(table), table.dialect),
                {str(table.cursor["param"]): str(table.cursor["column"])}
                if table.cursor and table.cursor.get("param")
                else {},
            )
            for table in self.tables
        ]
        return Rest(tables=tables, login=demo.login_of(self.auth))

    def _empty(
        self, session: Session, load: TableLoad[SourceTable], table: RestTable, types: Mapping[str, str]
    ) -> Loaded:
        """Nothing came: that is a table without rows where the YAML allows it, and where its columns are known."""
        columns = session.columns(load.table)
        if not table.allow_empty or not (columns or types):
            raise DagwayError(
                f"The API {self.source} answers {_path(table)} without a row; the table is as it was.",
                "Correct the endpoint; if it may be empty, set `allow_empty: true`, and write the `columns` with their types.",
            )
        import pyarrow as pa

        query = f"select * from {session.name(load.table)} where 1 = 0"
        schema = session.query(query).schema if columns else _schema(types)
        store(session, load.table, nullcontext(pa.RecordBatchReader.from_batches(schema, [])), load.part)
        return Loaded(metadata={"rows_read": 0})


def _path(table: RestTable) -> str:
    return str(table.endpoint.get("path") or table.table or table.name)


def _from(cursor: Mapping[str, Any] | None, begin: Since | None) -> dict[str, Any]:
    """The parameter that asks for what is new."""
    if cursor is None or not cursor.get("param"):
        return {}
    if begin is not None:
        return {str(cursor["param"]): written(begin.mark, str(cursor.get("format") or "iso"))}
    return {str(cursor["param"]): cursor["start"]} if cursor.get("start") else {}


def _known_types(
    session: Session, kept: Mapping[str, str], texts: Mapping[str, str], fetched: "Fetched"
) -> dict[str, str]:
    """The types of columns that the rows do not tell: texts stay texts, and where all is null, a column is what it was.

    A column that never had a value becomes a text, which takes whatever comes.
    """
    nulls = {name: sql_type for name, sql_type in kept.items() if name in fetched.nulls}
    return {
        **dict.fromkeys(fetched.nulls, "varchar"),
        **duckdb_types(nulls, session.dialect),
        **{name: sql_type for name, sql_type in texts.items() if name in fetched.names},
    }


def _schema(types: Mapping[str, str]) -> Any:
    import duckdb

    nulls = ", ".join(f'cast(null as {sql_type}) as "{name}"' for name, sql_type in types.items())
    with duckdb.connect() as connection:
        return connection.sql(f"select {nulls}").to_arrow_table().schema
