"""Rows of features as Feast's Redis store keeps them: the same bytes, encoded by columns and sent in one piece.

Each entity is a hash; its fields are the moment of its row (`_ts:<view>`) and a value for each feature, under the hash of
`<view>:<feature>`. Format: Feast's `docs/specs/online_store_format.md`.
"""

# Feast publishes no types that hold, pyarrow's leave parts open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import Any

_CRLF = b"\r\n"
_KEY_TYPES = {"INT64", "INT32", "STRING", "BYTES"}


@dataclass(frozen=True)
class Layout:
    """Where a view's values stand.

    Attributes:
        project: ends each key.
        keys: the join keys with their types, in the order of their names.
        moment: the field of the row's moment.
        fields: the field and the type of each feature.
        expires: seconds after which an entity is gone; None for never.
    """

    project: bytes
    keys: Mapping[str, Any]
    moment: bytes
    fields: Mapping[str, tuple[bytes, Any]]
    expires: int | None


def writer(store: Any, view: Any, keys: Mapping[str, Any]) -> Callable[[Any], int] | None:
    """What writes a batch and gives how many rows it took; None where Feast has to do it: a cluster, rarer keys."""
    config = store.config.online_store
    if str(config.type) != "redis" or config.redis_type.value != "redis":
        return None
    if any(kind.name not in _KEY_TYPES for kind in keys.values()):
        return None
    from feast.infra.online_stores.helpers import (
        _mmh3,  # pyright: ignore[reportPrivateUsage]  the field's hash, which is the format
        compute_versioned_name,
    )

    versioned = getattr(store.config.registry, "enable_online_feature_view_versioning", False)
    name = compute_versioned_name(view, versioned)
    layout = Layout(
        store.config.project.encode(),
        dict(sorted(keys.items())),
        f"_ts:{name}".encode(),
        {one.name: (_mmh3(f"{name}:{one.name}"), one.dtype.to_value_type()) for one in view.features},
        config.key_ttl_seconds,
    )
    online = store.provider.online_store
    client = online._get_client(config)
    moments = view.batch_source.timestamp_field
    compares = not config.skip_dedup
    return lambda batch: _write(client, layout, batch, moments, compares)


def _write(client: Any, layout: Layout, batch: Any, timestamp: str, compares: bool) -> int:
    """Write a batch. A row that is older than the one that is there stays off; one of the same moment replaces it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in layout.keys:
        if batch.column(name).null_count:
            raise ValueError(f"{batch.column(name).null_count} rows have no value of the join key {name}")
    micros = pc.cast(pc.cast(batch.column(timestamp), pa.timestamp("us"), safe=False), pa.int64()).to_pylist()
    keys = [entity_key(layout, values) for values in _key_columns(layout, batch)]
    columns = [keys, list(map(moment_bytes, micros))]
    columns += [encoded(batch.column(name), kind) for name, (_, kind) in layout.fields.items()]
    connection = client.connection_pool.get_connection()
    try:
        if compares:
            there = _answers(connection, _commands((b"HGET", None, layout.moment), [keys]), len(keys))
            pairs = zip(there, micros, strict=True)
            taken = [kept is None or micros_of(kept) <= moment for kept, moment in pairs]
            columns = [list(compress(column, taken)) for column in columns]
        fields = [layout.moment, *(name for name, _ in layout.fields.values())]
        words = (b"HSET", None, *(word for name in fields for word in (name, None)))
        rows = len(columns[0])
        _answers(connection, _commands(words, columns), rows)
        if layout.expires:
            words = (b"EXPIRE", None, str(layout.expires).encode())
            _answers(connection, _commands(words, columns[:1]), rows)
    except BaseException:
        # Answers that nobody read must not become those of the next command.
        connection.disconnect()
        raise
    finally:
        client.connection_pool.release(connection)
    return rows


def _commands(words: Sequence[bytes | None], columns: Sequence[Sequence[bytes]]) -> bytes:
    """One command a row in Redis's protocol; a None among the words is the row's value of the next column."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [
        b"$%d\r\n%b\r\n" if word is None else b"$%d\r\n" % len(word) + word.replace(b"%", b"%%") + _CRLF
        for word in words
    ]
    command = b"".join(parts)
    # Each value behind its length, column by column: a row is then what the command takes.
    sized: list[Iterable[Any]] = [part for column in columns for part in (map(len, column), column)]
    return b"".join([command % row for row in zip(*sized, strict=True)])


def _answers(connection: Any, commands: bytes, count: int) -> list[bytes | None]:
    """Send commands in one piece and read their answers: texts, numbers as text, None for nothing.

    Raises:
        redis.RedisError: the server refuses one, or is gone.
    """
    if not count:
        return []
    connection.send_packed_command([commands])
    return list(_read(connection, count))


def _read(connection: Any, count: int) -> Iterator[bytes | None]:
    """Answers as the server sends them: redis-py reads each by a dozen calls, which would cost more than all the rest."""
    import redis

    data, place = b"", 0
    while count:
        end = data.find(_CRLF, place)
        kind, size = data[place : place + 1], 0
        if end >= 0 and kind == b"$":
            size = int(data[place + 1 : end]) + 2
        if end < 0 or len(data) < end + 2 + size:
            try:
                more = connection._sock.recv(1 << 16)
            except OSError as error:
                raise redis.ConnectionError(f"the server does not answer: {error}") from error
            if not more:
                raise redis.ConnectionError("the server closed the connection")
            data, place = data[place:] + more, 0
            continue
        if kind == b"-":
            raise redis.ResponseError(data[place + 1 : end].decode())
        if kind == b"$" and size > 1:
            yield data[end + 2 : end + size]
            place = end + 2 + size
        else:
            yield None if kind in b"$_" else data[place + 1 : end]
            place = end + 2
        count -= 1


def _key_columns(layout: Layout, batch: Any) -> Iterator[tuple[Any, ...]]:
    return zip(*(batch.column(name).to_pylist() for name in layout.keys), strict=True)


def entity_key(layout: Layout, values: Sequence[Any]) -> bytes:
    """The key of an entity, in version 3 of Feast's serialization."""
    return (
        _key_head(tuple(layout.keys))
        + b"".join(map(_key_value, layout.keys.values(), values))
        + layout.project
    )


@lru_cache(maxsize=64)
def _key_head(names: tuple[str, ...]) -> bytes:
    words = [struct.pack("<II", 2, len(name.encode())) + name.encode() for name in names]
    return struct.pack("<I", len(names)) + b"".join(words)


def _key_value(kind: Any, value: Any) -> bytes:
    match kind.name:
        case "INT64":
            return struct.pack("<IIq", kind.value, 8, value)
        case "INT32":
            return struct.pack("<IIi", kind.value, 4, value)
        case _:
            written = value if isinstance(value, bytes) else str(value).encode()
            return struct.pack("<II", kind.value, len(written)) + written


def encoded(column: Any, kind: Any) -> list[bytes]:
    """A column's values as Feast's `Value` messages; no value is an empty one."""
    import pyarrow as pa

    values = column.to_pylist() if not column.null_count else []
    match kind.name, str(column.type):
        case "INT64", "int64" if values:
            return [_whole(b"\x20", value) for value in values]
        case "INT32", "int32" if values:
            return [_whole(b"\x18", value) for value in values]
        case "STRING", "string" | "large_string" if values:
            written = column.cast(pa.binary()).to_pylist()
            return [b"\x12" + _varint(len(value)) + value for value in written]
        case "DOUBLE", "double" if values:
            pack = struct.Struct("<cd").pack
            # Feast takes a number that is none for no value.
            return [b"" if value != value else pack(b"\x29", value) for value in values]
        case _:
            from feast.type_map import python_values_to_proto_values

            made = python_values_to_proto_values(column.to_numpy(zero_copy_only=False), kind)
            return [value.SerializeToString() for value in made]


@lru_cache(maxsize=100_000)
def _whole(tag: bytes, value: int) -> bytes:
    return tag + _varint(value)


@lru_cache(maxsize=100_000)
def moment_bytes(micros: int) -> bytes:
    """Microseconds since 1970 as a `google.protobuf.Timestamp`."""
    seconds, rest = divmod(micros, 1_000_000)
    found = b"" if seconds == 0 else b"\x08" + _varint(seconds)
    return found + (b"\x10" + _varint(rest * 1000) if rest else b"")


@lru_cache(maxsize=100_000)
def micros_of(moment: bytes) -> int:
    """The other way round; nanoseconds below one microsecond are cut."""
    from google.protobuf.timestamp_pb2 import Timestamp

    return Timestamp.FromString(moment).ToMicroseconds()


def _varint(number: int) -> bytes:
    """A whole number as Protocol Buffers write it; a negative one takes ten bytes."""
    if 0 <= number < 0x80:
        return bytes((number,))
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
