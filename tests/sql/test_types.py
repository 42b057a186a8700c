"""Types are compared with what DuckDB itself says of the same query: where a type is given, it must be that one."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from dagway.sql import describe

SCHEMA = {
    "tiny": "TINYINT",
    "small": "SMALLINT",
    "whole": "INTEGER",
    "big": "BIGINT",
    "huge": "HUGEINT",
    "money": "DECIMAL(10,2)",
    "fine": "DECIMAL(18,6)",
    "single": "FLOAT",
    "real": "DOUBLE",
    "word": "VARCHAR",
    "flag": "BOOLEAN",
    "day": "DATE",
    "moment": "TIMESTAMP",
    "instant": "TIMESTAMP WITH TIME ZONE",
    "words": "VARCHAR[]",
}

TOLD = [
    "word", "money", "words", "(real)", "-big", "'text'", "1", "true", "null is null",
    "cast(word as integer)", "word::bigint", "word::decimal(12, 3)", "word::decimal", "word::text", "word::varchar(10)",
    "try_cast(word as date)", "word::timestamptz", "word::real", "word::double", "word::timestamp", "word::boolean",
    "word::smallint", "word::tinyint", "word::hugeint", "word::json", "word::uuid", "word::blob", "word::time",
    "big = 1", "whole > 2 and flag", "not flag", "word in ('a', 'b')", "word like 'a%'", "real between 0 and 1",
    "exists (select 1)", "word is null", "starts_with(word, 'a')", "regexp_matches(word, 'a')",
    "whole + 1", "big + whole", "big - 1", "big * 2", "small + whole", "real + 1", "real * money", "whole * real",
    "huge + big", "big + coalesce(big, 0)", "whole / 2", "big / big", "real / 3", "money / 2", "big // 2", "big % 2",
    "day + interval 1 day", "moment - interval 1 hour", "instant + interval 1 hour", "day - day", "moment - moment",
    "day + 1", "day - 7",
    "count(*)", "count(word)", "count(distinct word)", "sum(whole)", "sum(big)", "sum(money)", "sum(real)", "sum(single)",
    "sum(huge)", "sum(fine)", "avg(whole)", "avg(real)", "avg(money)", "min(word)", "max(moment)", "min(money)",
    "any_value(word)", "first(day)", "arg_max(word, big)", "mode(word)", "stddev(real)", "string_agg(word, ',')",
    "array_agg(big)", "bool_and(flag)", "approx_count_distinct(word)",
    "count(*) filter (where flag)", "sum(big) filter (where flag)",
    "row_number() over (order by big)", "rank() over (order by big)", "lag(money) over (order by big)",
    "first_value(word) over (order by big)", "sum(real) over (partition by word)", "ntile(4) over (order by big)",
    "coalesce(word, 'x')", "coalesce(big, 0)", "coalesce(real, 0)", "coalesce(null, day)", "coalesce(whole, big)",
    "nullif(word, '')", "greatest(day, day)", "least(big, whole)",
    "case when flag then 'a' else word end", "case when flag then big end", "case when flag then 1 else real end",
    "if(flag, word, 'x')", "upper(word)", "lower(word)", "trim(word)", "word || 'x'", "concat(word, big)",
    "substring(word, 1, 2)", "replace(word, 'a', 'b')", "left(word, 2)", "lpad(word, 3, '0')", "md5(word)",
    "strftime(moment, '%Y')", "regexp_replace(word, 'a', 'b')", "split_part(word, ',', 1)", "concat_ws(',', word, word)",
    "length(word)", "strpos(word, 'a')", "year(day)", "extract(month from moment)", "extract(epoch from moment)",
    "day(day)", "date_trunc('month', moment)",
    "date_trunc('hour', moment)", "date_diff('day', day, day)", "datediff('day', day, day)", "current_date", "now()",
    "strptime(word, '%Y')", "round(real)", "round(real, 2)", "floor(real)", "ceil(real)", "abs(big)", "abs(money)",
    "sqrt(real)", "ln(real)", "power(real, 2)", "interval 1 day", "date '2024-01-01'", "timestamp '2024-01-01'",
    "tiny + 1", "small * 2", "small + 100000", "coalesce(tiny, 0)", "case when flag then small else 1 end", "1 + 1",
    "(select max(big) from a.t)", "(select word from a.t limit 1)", "moment::date", "date(moment)",
    "dayofweek(day)", "week(day)", "hour(moment)", "max(day) - min(day)", "last(word)",
]  # fmt: skip

OPEN = [
    "round(money, 1)", "money + money", "money * 2", "1.5", "null", "median(big)", "quantile_cont(real, 0.5)",
    "list_value(1, 2)", "{'a': 1}", "words[1]", "unnest(words)", "date_trunc('month', day)", "coalesce(money, 0)",
    "coalesce(day, 'x')", "case when flag then money else fine end", "word[1:2]", "list_transform(words, lambda w: upper(w))",
    "some_macro(big)", "date_part('year', day)", "single + 1", "words || words", "floor(money)", "date_add(day, interval 1 day)",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema a")
        connection.execute("create macro some_macro(x) as x + 1")
        columns = ", ".join(f"{name} {kind}" for name, kind in SCHEMA.items())
        connection.execute(f"create table a.t ({columns})")
        yield connection


def described(expression: str) -> str | None:
    query = f"select {expression} as it from a.t"
    return describe(query, "duckdb", {("a", "t"): SCHEMA}).columns["it"]


def answered(engine: duckdb.DuckDBPyConnection, expression: str) -> str:
    return engine.execute(f"describe select {expression} as it from a.t").fetchall()[0][1]


@pytest.mark.parametrize("expression", TOLD)
def test_a_type_is_told_as_duckdb_says_it(engine: duckdb.DuckDBPyConnection, expression: str) -> None:
    assert described(expression) == answered(engine, expression)


@pytest.mark.parametrize("expression", OPEN)
def test_a_type_that_depends_on_more_is_left_open(engine: duckdb.DuckDBPyConnection, expression: str) -> None:
    assert answered(engine, expression)
    assert described(expression) is None
