"""Sessions: the same operations with the same results in each warehouse that runs here."""

# Dagster and pyarrow leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

import dagster as dg
import psycopg
import pyarrow as pa
import pytest
from psycopg.errors import LockNotAvailable
from view_in_the_way import gives_way

from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse, Session, Warehouse
from dagway.components.warehouse.duckdb_session import lend
from dagway.components.warehouse.merge import merge
from dagway.components.warehouse.postgres_anew import MARK, altered, tried
from dagway.components.warehouse.postgres_session import PostgresSession
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBWarehouse(database=str(tmp_path / "below" / "w.duckdb"))
    return PostgresWarehouse(connection=request.getfixturevalue("postgres_url"))


@pytest.fixture
def session(warehouse: Warehouse) -> Iterator[Session]:
    with warehouse.session() as session:
        yield session


def rows(*values: int) -> pa.RecordBatchReader:
    return pa.table({"id": list(values)}).to_reader()


def failing() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"id": [7]})
        raise DagwayError("The source broke.")

    return pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int64())]), batches())


def test_values_come_back_as_they_went_in(session: Session) -> None:
    given = pa.table(
        {
            "whole": [1, None],
            "exact": pa.array([Decimal("1.10"), None], pa.decimal128(12, 2)),
            "moment": pa.array([datetime(2024, 1, 1, 12, tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
            "text": ["a\tb\\n'c", None],
            "flag": [True, None],
            "bytes": [b"\x00\xff", None],
        }
    )

    session.replace("landing.things", given.to_reader())

    found = session.query("select * from landing.things")
    assert found.num_rows == 2
    assert found.to_pylist() == given.to_pylist()
    assert str(found.schema.field("exact").type) == "decimal128(12, 2)"


def test_replace_takes_new_columns_and_drops_old_rows(session: Session) -> None:
    session.replace("landing.things", rows(1, 2))
    session.replace("landing.things", pa.table({"id": [3], "more": ["x"]}).to_reader())

    assert session.rows("select * from landing.things") == [(3, "x")]
    assert [name for name, _ in session.columns("landing.things")] == ["id", "more"]


def test_a_failing_batch_leaves_the_old_table(session: Session) -> None:
    session.replace("landing.things", rows(1, 2))

    with pytest.raises(DagwayError, match="The source broke"):
        session.replace("landing.things", failing())
    with pytest.raises(DagwayError, match="The source broke"):
        session.replace("landing.things", failing(), "id = 7")

    assert session.rows("select id from landing.things order by id") == [(1,), (2,)]


def test_where_replaces_only_its_rows(session: Session) -> None:
    session.replace("landing.things", rows(1, 2, 3))
    session.replace("landing.things", rows(3, 4), "id >= 3")

    assert session.rows("select id from landing.things order by id") == [(1,), (2,), (3,), (4,)]


def test_a_table_becomes_a_view_and_a_table_again(session: Session) -> None:
    session.create_table("marts.one", "select 1 as x")
    session.create_view("marts.one", "select 2 as x")
    assert session.scalar("select x from marts.one") == 2
    session.create_table("marts.one", "select 3 as x")
    assert session.scalar("select x from marts.one") == 3


def test_a_view_stays_when_its_table_is_built_again(session: Session) -> None:
    session.create_table("marts.one", "select 1 as x")
    session.create_view("marts.seen", "select x + 1 as y from marts.one")
    session.create_table("marts.one", "select 5 as x")

    assert session.scalar("select y from marts.seen") == 6


def test_a_view_gives_way_to_a_table_of_which_only_a_part_is_loaded(session: Session) -> None:
    gives_way(session, lambda: rows(1))


def test_no_table_has_no_columns(session: Session) -> None:
    assert not session.exists("nowhere.nothing")
    assert session.columns("nowhere.nothing") == []


def test_a_transaction_is_undone_when_it_fails(session: Session) -> None:
    session.create_table("marts.one", "select 1 as x")

    with pytest.raises(ZeroDivisionError), session.transaction():  # noqa: PT012  the statement before the error counts
        session.execute("delete from marts.one")
        raise ZeroDivisionError

    assert session.scalar("select count(*) from marts.one") == 1


def test_a_file_that_another_process_holds_is_named(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(file)!r}); print('held', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(DagwayError, match=r"w\.duckdb"),
            DuckDBWarehouse(database=str(file), patience=0.2).session(),
        ):
            pass
        threaded = DuckDBWarehouse(database=str(file), patience=20)
        assert holder.stdin is not None
        holder.stdin.close()
        with threaded.session() as session:
            assert session.scalar("select 1") == 1
    finally:
        holder.kill()
        holder.wait()


def test_the_file_is_free_after_the_session(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    with DuckDBWarehouse(database=str(file)).session() as session:
        session.execute("create table t as select 1 as x")

    code = f"import duckdb; print(duckdb.connect({str(file)!r}).execute('select x from t').fetchall())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[(1,)]\n"


def test_a_file_that_a_run_holds_is_lent_to_another_process(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "w.duckdb"))
    warehouse.setup_for_execution(dg.build_init_resource_context())
    with warehouse.session() as session:
        session.create_table("raw.t", "select 1 as x")
    code = f"""
import duckdb
with duckdb.connect({warehouse.database!r}) as c:
    c.execute("drop schema raw cascade").fetchall()
"""
    command = [sys.executable, "-c", code]
    assert "lock" in subprocess.run(command, capture_output=True, text=True).stderr

    lend()

    assert subprocess.run(command, capture_output=True, text=True).stderr == ""
    with warehouse.session() as session:
        # What the other process did to the schemas is seen.
        session.create_table("raw.t", "select 2 as x")
        assert session.rows("select x from raw.t") == [(2,)]
    warehouse.teardown_after_execution(dg.build_init_resource_context())


def test_a_reader_that_nobody_closes_does_not_block_the_file(tmp_path: Path) -> None:
    """DuckDB would wait for its end, for ever: in a process of its own, which can be ended."""
    program = """
import sys
from dagway.components.warehouse import DuckDBWarehouse
warehouse = DuckDBWarehouse(database=sys.argv[1])
with warehouse.session() as session:
    kept = session.batches("select * from range(1000000)")
    kept.read_next_batch()
with warehouse.session() as session:
    print(session.rows("select 1"))
"""
    words = [sys.executable, "-c", program, str(tmp_path / "w.duckdb")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "[(1,)]\n", done.stderr


def test_a_refused_login_does_not_show_the_password() -> None:
    warehouse = PostgresWarehouse(connection="postgresql://nobody:s3cret@127.0.0.1:1/none")

    with pytest.raises(DagwayError) as error, warehouse.session():
        pass

    assert "s3cret" not in str(error.value)
    assert "Check the address" in str(error.value)


def test_the_first_part_holds_its_own_rows_only(session: Session) -> None:
    session.replace("landing.things", rows(1, 2, 3), "id = 2")
    session.create_table("landing.made", "select 1 as id union all select 2", "id = 2")

    assert session.rows("select id from landing.things") == [(2,)]
    assert session.rows("select id from landing.made") == [(2,)]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("select 1 as id, 2.5::double precision as amount", "amount was .* and is"),
        ("select 1 as id", "amount is missing"),
        ("select 1 as id, 2 as amount, 3 as extra", "extra is new"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_and_nothing_is_lost(
    session: Session, changed: str, message: str
) -> None:
    session.create_table("staging.parts", "select 1 as id, 2 as amount")

    with pytest.raises(DagwayError, match=message):
        session.create_table("staging.parts", changed, "id = 1")

    assert session.rows("select id, amount from staging.parts") == [(1, 2)]


def test_a_part_that_fits_without_a_loss_is_taken(session: Session) -> None:
    session.create_table("staging.wide", "select 1 as id, 2.5::double precision as amount")
    session.create_table("staging.wide", "select 1 as id, 3 as amount", "id = 1")
    assert session.rows("select amount from staging.wide") == [(3.0,)]


def fit(session: Session, kept: str, given: str) -> bool:
    """Whether a part's rows are taken by a table whose column has another type."""
    session.create_table("staging.typed", f"select 1 as id, {kept} as value")
    try:
        session.create_table("staging.typed", f"select 1 as id, {given} as value", "id = 1")
    except DagwayError:
        return False
    return True


@pytest.mark.parametrize(
    ("kept", "given"),
    [
        ("now()::timestamp", "now()::timestamptz"),
        ("now()::timestamptz", "now()::timestamp"),
        ("now()::timestamptz", "now()::date"),
        ("now()::date", "timestamp '2024-01-01 00:00:01'"),
        ("2.5::real", "0.1::double precision"),
        ("2.5::real", "1e300::double precision"),
        ("2.5::real", "1e-300::double precision"),
        ("2.5::real", "16777217::integer"),
        ("2.5::double precision", "9007199254740993::bigint"),
        ("2.5::double precision", "(-9007199254740993)::bigint"),
        ("2.5::double precision", "9007199254740993::numeric(20, 0)"),
        ("2.5::double precision", "0.1234567890123456::numeric(38, 18)"),
        ("2.5::double precision", "(-9007199254740993)::numeric(38, 18)"),
        ("2.5::numeric(12, 2)", "2.505::numeric(12, 3)"),
        ("2.5::numeric(12, 2)", "2.505::double precision"),
        ("2::integer", "2.5::numeric(12, 2)"),
        ("2::integer", "'2'::varchar"),
    ],
)
def test_a_type_that_would_lose_values_is_refused(session: Session, kept: str, given: str) -> None:
    assert not fit(session, kept, given)


@pytest.mark.parametrize(
    ("kept", "given"),
    [
        ("now()::timestamp", "now()::date"),
        ("now()::date", "timestamp '2024-01-01 00:00:00'"),
        ("2.5::double precision", "2.5::real"),
        ("2.5::double precision", "9007199254740992::bigint"),
        ("2.5::double precision", "9007199254740992::numeric(38, 18)"),
        ("2.5::double precision", "2.5::numeric(15, 4)"),
        ("2.5::double precision", "(-100.25)::numeric(38, 18)"),
        ("2.5::double precision", "null::numeric(38, 18)"),
        ("2.5::real", "3::smallint"),
        ("2.5::real", "16777216::bigint"),
        ("2.5::real", "2.5::double precision"),
        ("2.5::real", "'-infinity'::double precision"),
        ("2.5::numeric(12, 3)", "2.5::numeric(12, 2)"),
        ("2.5::numeric(12, 2)", "2.5::numeric(12, 3)"),
        ("2.5::numeric(12, 2)", "0.1::double precision"),
        ("3::integer", "3::bigint"),
        ("3::integer", "3::numeric(12, 2)"),
        ("3::integer", "3::double precision"),
        ("'x'::varchar", "now()::timestamptz"),
    ],
)
def test_a_type_that_loses_no_value_is_taken(session: Session, kept: str, given: str) -> None:
    assert fit(session, kept, given)


def test_values_of_all_columns_are_looked_at_once_and_only_those_that_come(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.create_table("staging.days", "select 1 as day, 1 as a, 1 as b")
    asked: list[str] = []
    rows = session.rows

    def noted(sql: str) -> list[tuple[object, ...]]:
        asked.append(sql)
        return rows(sql)

    monkeypatch.setattr(session, "rows", noted)
    part = "select * from (values (1, 2.0, 3.0), (2, 2.5, 3.0), (2, 2.5, 3.5)) as given (day, a, b)"

    session.create_table("staging.days", part, "day = 1")
    assert len([sql for sql in asked if "count(" in sql]) == 1
    with pytest.raises(
        DagwayError, match=r"a was .*, which 2 values do not fit, b was .*, which 1 values do not fit"
    ):
        session.create_table("staging.days", part, "day = 2")

    assert rows("select day, a, b from staging.days") == [(1, 2, 3)]


@pytest.mark.parametrize(
    ("kept", "given", "fraction"),
    [
        ("timestamp_s", "timestamp", "5"),
        ("timestamp", "timestamp_ns", "000000001"),
        ("timestamp(3)", "timestamp", "0001"),
        ("timestamptz(3)", "timestamptz", "0001"),
    ],
)
def test_times_keep_their_fractions(
    kept: str, given: str, fraction: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    warehouse = (
        PostgresWarehouse(connection=request.getfixturevalue("postgres_url"))
        if "(" in kept + given
        else DuckDBWarehouse(database=str(tmp_path / "w.duckdb"))
    )
    whole = "'2024-01-01 10:00:00'"
    with warehouse.session() as session:
        assert fit(session, f"cast({whole} as {given})", f"cast({whole} as {kept})")
        assert fit(session, f"cast({whole} as {kept})", f"cast({whole} as {given})")
        assert not fit(
            session, f"cast({whole} as {kept})", f"cast('2024-01-01 10:00:00.{fraction}' as {given})"
        )


def asked(session: PostgresSession, build: Callable[[], object], trace: Path) -> int:
    """How often the server is asked during a build, by the protocol's own messages."""
    connection = session.connection.pgconn
    with trace.open("w") as file:
        connection.trace(file.fileno())
        build()
        connection.untrace()
    return len(re.findall(r"\tF\t\d+\t(?:Query|Sync)\b", trace.read_text()))


def test_a_build_asks_postgresql_no_more_than_it_needs(postgres_url: str, tmp_path: Path) -> None:
    """Schema, begin, two locks with what is there between them, old and new columns, empty, fill, commit."""
    trace, given = tmp_path / "trace", pa.table({"id": [1]})
    builds: dict[str, tuple[Callable[[Session], object], int]] = {
        "table": (lambda one: one.create_table("marts.one", "select 1 as id"), 10),
        "part": (lambda one: one.create_table("marts.part", "select 1 as id", "id = 1"), 10),
        "view": (lambda one: one.create_view("marts.seen", "select 1 as id"), 6),
        "rows": (lambda one: one.replace("marts.rows", given.to_reader()), 12),
        "merge": (lambda one: merge(one, "marts.keyed", given.to_reader(), ["id"]), 24),
    }
    for name, (build, most) in builds.items():
        with PostgresWarehouse(connection=postgres_url).session() as session:
            assert isinstance(session, PostgresSession)
            build(session)
            assert asked(session, partial(build, session), trace) <= most, name


def test_a_view_is_marked_once_also_one_that_was_not_ours(postgres_url: str) -> None:
    mark = """select d.xmin::text, description from pg_description d
    where objoid = 'marts.seen'::regclass and classoid = 'pg_class'::regclass"""
    with PostgresWarehouse(connection=postgres_url).session() as session:
        session.execute("create schema marts create view seen as select 1 as id")
        session.create_view("marts.seen", "select 2 as id")
        ((_, text),) = marked = session.rows(mark)
        assert text == MARK
        session.create_view("marts.seen", "select 3 as id")
        assert session.rows(mark) == marked
        session.create_view("marts.seen", "select 'x' as id")
        assert session.rows(mark)[0][1] == MARK
        assert session.rows("select id from marts.seen") == [("x",)]


def test_a_lock_within_the_same_lock_is_not_taken_again_and_one_after_it_is(postgres_url: str) -> None:
    held = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    with PostgresWarehouse(connection=postgres_url).session() as session:
        with session.alone("one"):
            session.create_table("one", "select 1 as id")
            with session.alone("two"):
                assert session.scalar(held) == 2
            with session.alone("one"):
                assert session.scalar(held) == 2
        assert session.scalar(held) == 0
        with pytest.raises(ZeroDivisionError), session.alone("one"):
            raise ZeroDivisionError
        with session.alone("one"):
            assert session.scalar(held) == 1


@pytest.fixture
def reader_role(postgres_url: str) -> Iterator[str]:
    """A role that a test may grant rights to; roles are the whole server's."""
    role = f"dagway_reader_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create role {role}".encode())
        yield role
        connection.execute(f"drop owned by {role}; drop role {role}".encode())


def test_a_changed_type_leaves_views_and_rights(postgres_url: str, reader_role: str) -> None:
    with PostgresWarehouse(connection=postgres_url).session() as session:
        session.create_table("marts.one", "select 1 as id, 2 as amount, 'x' as note")
        session.execute(f"grant select on marts.one to {reader_role} with grant option")
        session.execute("create view marts.theirs as select id from marts.one")
        session.create_view("marts.ours", "select amount from marts.one")
        session.execute("create index theirs_too on marts.one (id)")

        session.create_table("marts.one", "select 3 as id, 4::bigint as amount, 'y' as more")

        assert session.rows("select id, amount, more from marts.one") == [(3, 4, "y")]
        assert [name for name, _ in session.columns("marts.one")] == ["id", "amount", "more"]
        assert session.rows("select id from marts.theirs") == [(3,)]
        assert session.scalar("select to_regclass('marts.theirs_too') is not null")
        right = f"has_table_privilege('{reader_role}', 'marts.one', 'select with grant option')"
        assert session.scalar(f"select {right}")


def test_a_column_that_others_build_on_is_not_taken_away(postgres_url: str) -> None:
    with PostgresWarehouse(connection=postgres_url).session() as session:
        session.create_table("marts.one", "select 1 as id, 2 as amount")
        session.create_view("marts.ours", "select amount from marts.one")
        session.execute("create view marts.theirs as select amount from marts.ours")

        for changed in ("select 1 as id", "select 1 as id, 2::bigint as amount"):
            with pytest.raises(DagwayError, match=r"view marts\.theirs depends on view marts\.ours"):
                session.create_table("marts.one", changed)
        with pytest.raises(DagwayError, match=r"marts\.theirs"):
            session.create_view("marts.ours", "select 'x' as amount from marts.one")
        with pytest.raises(DagwayError, match=r"marts\.theirs"):
            session.create_view("marts.one", "select 1 as id, 2 as amount")

        assert session.rows("select amount from marts.theirs") == [(2,)]


def test_a_table_that_is_not_free_in_time_is_not_taken_for_one_that_cannot_be_altered(
    postgres_url: str,
) -> None:
    with PostgresWarehouse(connection=postgres_url).session() as session:
        assert isinstance(session, PostgresSession)
        session.create_table("marts.one", "select 1 as id")
        session.execute("set lock_timeout = '1ms'")
        columns = session.columns("marts.one")
        with psycopg.connect(postgres_url) as reader:
            reader.execute("select * from marts.one")
            with pytest.raises(LockNotAvailable), session.transaction():
                altered(session.connection, session.name("marts.one"), columns, columns)
        with session.transaction():
            assert altered(session.connection, session.name("marts.one"), columns, columns)


def test_what_a_table_cannot_have_is_refused_whatever_its_class(postgres_url: str) -> None:
    with PostgresWarehouse(connection=postgres_url).session() as session:
        assert isinstance(session, PostgresSession)
        session.create_table("marts.one", "select 1 as id")
        # As of a table that has had its 1600 columns, PostgreSQL's driver calls it an error of operation.
        many = ", ".join(f"add column c{number} int" for number in range(1700))
        with session.transaction():
            assert not tried(session.connection, [f"alter table marts.one {many}"], (psycopg.Error,))
            assert session.rows("select id from marts.one") == [(1,)]


def test_our_own_views_give_way_and_rights_come_back(postgres_url: str, reader_role: str) -> None:
    with PostgresWarehouse(connection=postgres_url).session() as session:
        session.create_table("marts.one", "select 1 as id, 2 as amount")
        session.create_view("marts.ours", "select amount from marts.one")
        session.create_view("marts.further", "select amount from marts.ours")
        session.execute(f"grant select on marts.one to {reader_role}")

        session.create_view("marts.one", "select 5 as id")

        assert session.rows("select id from marts.one") == [(5,)]
        assert not session.exists("marts.further")
        assert session.scalar(f"select has_table_privilege('{reader_role}', 'marts.one', 'select')")


def test_views_of_others_stay_when_a_view_is_built_again(postgres_url: str) -> None:
    with PostgresWarehouse(connection=postgres_url).session() as session:
        session.create_view("marts.ours", "select 1 as id")
        session.execute("create view marts.theirs as select id from marts.ours")

        session.create_view("marts.ours", "select 2 as id, 3 as more")

        assert session.rows("select id from marts.theirs") == [(2,)]


def test_a_warehouse_that_accepts_and_says_nothing_is_told(silent_address: str) -> None:
    warehouse = PostgresWarehouse(connection=f"postgresql://u:s3cret@{silent_address}/d", connect_timeout=2)

    with pytest.raises(DagwayError, match="timeout"), warehouse.session():
        pass


def test_a_statement_that_takes_too_long_ends(postgres_url: str) -> None:
    with (
        PostgresWarehouse(connection=postgres_url, statement_timeout=1).session() as session,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        session.execute("select pg_sleep(600)")


def test_what_address_or_server_say_of_time_comes_first(postgres_url: str) -> None:
    own = f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-cstatement_timeout%3D5s&connect_timeout=7"
    with PostgresWarehouse(connection=own).session() as session:
        assert session.scalar("show statement_timeout") == "5s"
    with PostgresWarehouse(connection=postgres_url).session() as session:
        assert session.scalar("show statement_timeout") == "6h"
