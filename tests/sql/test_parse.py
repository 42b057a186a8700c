"""One query that only reads, or an error at its place."""

import pytest

from dagway.sql import SqlError, tables, transpile

REFUSED = [
    ("", 1, 1, "there is no query"),
    ("-- nothing\n", 1, 1, "there is no query"),
    ("select 1; select x from a.b", 1, 11, "there are 2 statements, not one"),
    (";;select 1;\n  ;\n select 2;", 3, 2, "there are 2 statements, not one"),
    ("select *\n from a.b where where", 2, 17, "near 'where'"),
    ("select (1", 1, 9, "near '1': a ) is missing here"),
    ("select [1, 2 from a.b", 1, 14, "near 'from': a ] is missing here"),
    ("select * from a.b join", 1, 19, "near 'join': the name of a table is missing here"),
    ("select * from a.b where", 1, 19, "near 'where': something is missing here: a name, a value or a query"),
    ("select (", 1, 8, "near '(': something is missing here: a name, a value or a query"),
    ("select cast(a as) from a.b", 1, 17, "near ')': TYPE after CAST is missing here"),
    ("select a as from a.b", 1, 18, "near 'a': it does not belong here, or a word before it is misspelt"),
    ("slect 1", 1, 7, "near '1'"),
    ("select 1,\n  'abc", 2, 3, "what starts here with ' is never closed"),
    ("select 1 /* abc", 1, 10, "what starts here with /* is never closed"),
    ('select "a from b', 1, 8, 'what starts here with " is never closed'),
    ("insert into a.b select 1", 1, 13, "INSERT is no query"),
    ("drop table a.b", 1, 12, "DROP is no query"),
    ("create table x.y as select 1", 1, 14, "CREATE is no query"),
    ("update a.b set x = 1", 1, 8, "UPDATE is no query"),
    ("delete from a.b", 1, 13, "DELETE is no query"),
    ("copy a.b to 'x'", 1, 6, "COPY is no query"),
    ("attach 'x' as y", 1, 15, "ATTACH is no query"),
    ("call run_me()", 1, 1, "CALL is no query"),
    ("set x = 1", 1, 5, "SET is no query"),
    ("select * into x.y from a.b", 1, 15, "INTO inside a query writes"),
    ("with t as (delete from a.b returning *) select * from t", 1, 24, "DELETE inside a query writes"),
    ("(" * 3000 + "select 1" + ")" * 3000, 1, 1, "nested too deeply"),
]


@pytest.mark.parametrize(
    ("query", "line", "column", "message"), REFUSED, ids=[query[:40] for query, *_ in REFUSED]
)
def test_refused(query: str, line: int, column: int, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        tables(query, "duckdb")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("query", ["select 1;", "select 1; -- done", ";select 1;;", "  select 1"])
def test_one_query_may_end_as_it_likes(query: str) -> None:
    assert tables(query, "duckdb") == ()


def test_a_command_that_is_half_understood_prints_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SqlError):
        tables("call run_me(2)", "duckdb")
    assert not caplog.records


def test_transpile_speaks_the_other_dialect() -> None:
    query = "select epoch_ms(x) as t from a.b"
    assert "EPOCH_MS" in transpile(query, "duckdb", "duckdb").upper()
    assert "EPOCH_MS" not in transpile(query, "duckdb", "snowflake").upper()


def test_transpile_leaves_its_own_dialect_alone() -> None:
    query = "select  id -- why\nfrom a.b"
    assert transpile(query, "duckdb", "duckdb") == query


def test_transpile_refuses_what_writes() -> None:
    with pytest.raises(SqlError):
        transpile("drop table a.b", "duckdb", "snowflake")


@pytest.mark.parametrize(
    "function",
    [
        "read_csv('/etc/passwd')",
        "read_csv_auto('a.csv')",
        "READ_PARQUET('s3://b/k')",
        "read_text('x')",
        "glob('*')",
        "sqlite_scan('x.db', 't')",
        "parquet_metadata('x')",
        "pg_read_file('/etc/passwd')",
        "enable_logging(storage_path = '/tmp/x')",
    ],
)
def test_a_query_opens_no_file(function: str) -> None:
    with pytest.raises(SqlError, match="opens a file past the project") as raised:
        tables(f"select *\nfrom {function}", "duckdb")
    assert (raised.value.line, raised.value.column) == (2, 6)


@pytest.mark.parametrize(
    "function",
    [
        "query_table('/etc/x.csv')",
        "query_table(['s.t', '/etc/x.csv'])",
        "QUERY('select * from read_csv(''/etc/passwd'')')",
        "json_execute_serialized_sql('{}')",
        "postgres_query('shop', 'select 1')",
    ],
)
def test_a_query_hides_no_other_in_a_text(function: str) -> None:
    with pytest.raises(SqlError, match="reads what only a text names") as raised:
        tables(f"select *\nfrom {function}", "duckdb")
    assert (raised.value.line, raised.value.column) == (2, 6)


def test_functions_of_values_are_no_files() -> None:
    tables(
        "select list_filter(a, x -> x > 1), regexp_matches(b, 'read_csv') from s.t, unnest([1, 2])", "duckdb"
    )
