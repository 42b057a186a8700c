"""Rows of an asset as a hash in Redis."""

import json
import math
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import dagster as dg
import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from dagway.components.export import Export, Outgoing
from dagway.components.resolving import plain, text
from dagway.components.warehouse import Session
from dagway.errors import DagwayError
from dagway.simulators.redis import demo_server

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 5_000
_LEFT_BEHIND = 3600
"""Seconds after which rows of an export that broke off are gone."""


@dataclass(kw_only=True)
class RedisExport(Export, dg.Resolvable):
    """Rows of an asset as one Redis hash: a field for each row, replaced as a whole, and counted there.

    The rows are written beside the hash and take its place in one step, so that a reader sees the old export or the new one, never half of
    one. A field is a row's key; its value is the row as JSON, or one column of it. In JSON, decimals and times are text, and
    NaN and infinity null. A row whose value column is null has no field.
    """

    url: Annotated[
        str | None,
        text("The server, `redis://user:password@host:6379/0` or `rediss://…`, from `{{ env.… }}`."),
    ] = None
    hash: Annotated[str, text("The hash's name in Redis.")]
    key_column: Annotated[str, text("The column that tells the rows apart: the fields.")]
    value_column: Annotated[str | None, text("The column of the values; the row as JSON if left out.")] = None
    expires_after: Annotated[
        int | None, plain("Seconds after which the hash is gone, unless it is exported again.", int | str)
    ] = None
    timeout: Annotated[float, plain("Seconds to wait for one answer.", float | str)] = 30.0

    def default_kinds(self) -> Sequence[str]:
        return ("redis",)

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, outgoing: Outgoing
    ) -> Mapping[str, Any]:
        started = time.perf_counter()
        self._known_columns(session, outgoing.table)
        with self._connected() as client:
            # In braces: a cluster keeps both on one node, where a rename is possible.
            beside = f"{{{self.hash}}}:dagway:{context.run.run_id}"
            client.delete(beside)
            rows = self._write(
                client, beside, session.batches(f"select * from {session.name(outgoing.table)}")
            )
            read_back = client.hlen(beside)
            if read_back != rows:
                client.unlink(beside)
                raise DagwayError(
                    f"{rows} rows of {outgoing.table} have {read_back} different values of {self.key_column}.",
                    "Name a column by `key_column` that tells the rows apart; the hash is as it was.",
                )
            self._swap(client, beside, rows)
        if not rows:
            context.log.warning(f"{self.asset} has no row: the hash {self.hash} is empty now.")
        return {
            "dagster/row_count": rows,
            "rows_read_back": read_back,
            "hash": self.hash,
            "seconds": round(time.perf_counter() - started, 4),
        }

    def _known_columns(self, session: Session, table: str) -> None:
        known = [name for name, _ in session.columns(table)]
        if not known:
            raise DagwayError(f"The warehouse has no table {table}.", f"Materialize {self.asset} first.")
        for column in filter(None, (self.key_column, self.value_column)):
            if column not in known:
                raise DagwayError(f"{table} has no column {column}.", f"Its columns are {', '.join(known)}.")

    def _write(self, client: Any, name: str, batches: "pa.RecordBatchReader") -> int:
        """Write the rows beside the hash; they go by themselves if this breaks off."""
        rows = 0
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH):
                part = batch.slice(start, BATCH)
                with client.pipeline(transaction=False) as pipe:
                    fields = self._fields(part)
                    if fields:
                        pipe.hset(name, mapping=dict(fields))
                        pipe.expire(name, _LEFT_BEHIND)
                    pipe.execute()
                rows += len(fields)
        return rows

    def _fields(self, batch: "pa.RecordBatch") -> list[tuple[str, str]]:
        """Keys and values; a row whose value is null has no field, as Redis knows no null."""
        columns: Any = batch
        keys: list[Any] = columns.column(self.key_column).to_pylist()
        if missing := keys.count(None):
            raise DagwayError(
                f"{missing} rows of {self.asset} have no value of {self.key_column}.",
                "Mend the rows or name another column by `key_column`; the hash is as it was.",
            )
        if self.value_column:
            values: list[Any] = columns.column(self.value_column).to_pylist()
        else:
            values = [_json(row) for row in batch.to_pylist()]
        found = zip(keys, values, strict=True)
        return [(str(key), str(value)) for key, value in found if value is not None]

    def _swap(self, client: Any, beside: str, rows: int) -> None:
        with client.pipeline(transaction=True) as pipe:
            if rows:
                pipe.persist(beside)
                pipe.rename(beside, self.hash)
            else:
                pipe.delete(self.hash)
            if self.expires_after:
                pipe.expire(self.hash, int(self.expires_after))
            try:
                pipe.execute()
            except redis.ResponseError:
                # Where the answer was lost, the swap is done twice, and finds nothing the second time.
                if client.exists(beside) or client.hlen(self.hash) != rows:
                    raise

    @contextmanager
    def _connected(self) -> Generator[Any]:
        """The server; in demo mode, its stand-in on this machine."""
        if self.in_demo:
            with demo_server() as url, self._client(url) as client:
                yield client
            return
        if not self.url:
            raise DagwayError(
                f"The url of {self.key} is empty.", "Set the variable that it names, or demo_mode: true."
            )
        with self._client(self.url) as client:
            yield client

    @contextmanager
    def _client(self, url: str) -> Generator[Any]:
        try:
            client: Any = cast("Any", redis.Redis).from_url(
                url,
                socket_timeout=float(self.timeout),
                socket_connect_timeout=float(self.timeout),
                retry=Retry(ExponentialWithJitterBackoff(cap=2, base=0.1), 3),
                protocol=2,
            )
        except ValueError:
            raise DagwayError(
                f"The url of {self.key} is no address of Redis.", "Write redis://user:password@host:6379/0."
            ) from None
        try:
            yield client
        except redis.RedisError as error:
            raise DagwayError(
                f"Redis cannot take the rows of {self.asset}: {_said(error)}.",
                f"See that the server runs, its address, password and memory; the hash {self.hash} is as it was.",
            ) from None
        finally:
            client.close()


def _json(row: Any) -> str:
    """The row as JSON, which has no number that is none and nothing endless: these are null."""
    try:
        return json.dumps(row, default=str, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(row), default=str, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_finite(one) for one in cast("list[Any]", value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
