"""What each engine calls the types of its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dagway.sql.kinds import WHOLE

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr


@dataclass(frozen=True)
class Words:
    """What an engine answers, as far as it is the same for every input of a kind; None is left open."""

    text: str | None
    count: str | None
    length: str | None
    part: str | None
    real: str | None
    whole: str | None
    now: str | None
    sums: Mapping[str, str]
    means: Mapping[str, str]


_WORDS = {
    "duckdb": Words(
        text="VARCHAR", count="BIGINT", length="BIGINT", part="BIGINT", real="DOUBLE", whole="INTEGER",
        now="TIMESTAMP WITH TIME ZONE",
        sums={**dict.fromkeys(WHOLE, "HUGEINT"), "DOUBLE": "DOUBLE", "FLOAT": "DOUBLE"},
        means=dict.fromkeys((*WHOLE, "DOUBLE", "FLOAT", "DECIMAL"), "DOUBLE"),
    ),
    "postgres": Words(
        text="TEXT", count="BIGINT", length="INTEGER", part="NUMERIC", real="DOUBLE PRECISION", whole="INTEGER",
        now="TIMESTAMP WITH TIME ZONE",
        sums={"SMALLINT": "BIGINT", "INTEGER": "BIGINT", "BIGINT": "NUMERIC", "DOUBLE": "DOUBLE PRECISION", "FLOAT": "REAL",
              "DECIMAL": "NUMERIC"},
        means={"SMALLINT": "NUMERIC", "INTEGER": "NUMERIC", "BIGINT": "NUMERIC", "DECIMAL": "NUMERIC",
               "DOUBLE": "DOUBLE PRECISION", "FLOAT": "DOUBLE PRECISION"},
    ),
    "snowflake": Words(
        text="VARCHAR", count="NUMBER(18,0)", length="NUMBER(18,0)", part=None, real="FLOAT", whole=None,
        now="TIMESTAMP_LTZ", sums={}, means={},
    ),
}  # fmt: skip
_NOTHING = Words(None, None, None, None, None, None, None, {}, {})


def words_of(dialect: str) -> Words:
    """The words of a dialect; of one that is not known, nothing is told."""
    return _WORDS.get(dialect, _NOTHING)


@lru_cache(maxsize=1024)
def _printed(text: str, dialect: str) -> str:
    """sqlglot's spelling made the engine's own."""
    text = re.sub(r",\s+(?=\d+\))", ",", text)
    names = {
        "duckdb": {"TEXT": "VARCHAR", "INT": "INTEGER", "REAL": "FLOAT", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
                   "DECIMAL": "DECIMAL(18,3)", "TIMETZ": "TIME WITH TIME ZONE",
                   "INT128": "HUGEINT"},
        "postgres": {"INT": "INTEGER", "DECIMAL": "NUMERIC", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"},
        "snowflake": {"INT": "NUMBER(38,0)", "BIGINT": "NUMBER(38,0)", "SMALLINT": "NUMBER(38,0)", "TEXT": "VARCHAR",
                      "DOUBLE": "FLOAT", "DECIMAL": "NUMBER(38,0)"},
    }.get(dialect, {})  # fmt: skip
    if dialect == "duckdb" and text.startswith("TEXT("):
        return "VARCHAR"
    if dialect == "postgres" and text.startswith("DECIMAL("):
        return f"NUMERIC{text.removeprefix('DECIMAL')}"
    return names.get(text, text)


def printed(kind: Expr, dialect: str) -> str:
    """A type that a cast names, as the engine prints it."""
    return _printed(kind.sql(dialect=dialect), dialect)
