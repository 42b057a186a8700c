"""Rows of an asset as a hash in Redis: a real server, and its stand-in in demo mode."""

# redis-py's answers are typed for both of its kinds of clients.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from holding_proxy import Proxy
from killed_run import run_and_kill
from redis.client import Pipeline

from dagway.components import RedisExport
from dagway.components.scaffolder import copy_example, example_of
from dagway.simulators.redis import redis_server as simulated

if TYPE_CHECKING:
    from services import RedisServer

pytestmark = pytest.mark.integration
ROWS = "select i as id, 'n' || i as name, cast(i as decimal(10, 2)) as amount from range({}) as t(i)"


def export(project: Any, server: RedisServer | None, sql: str = ROWS.format(3), **attributes: Any) -> None:
    project.model("marts/customers", sql)
    written = {
        "key": "exports/lookup",
        "asset": "marts/customers",
        "url": server.url if server else None,
        "hash": "customers",
        "key_column": "id",
        "timeout": 5,
    }
    project.component("exports/lookup", "RedisExport", {**written, **attributes})


def kept(server: RedisServer) -> dict[str, str]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        found: Any = client.hgetall("customers")
        return found


def keys(server: RedisServer) -> list[str]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return sorted(client.scan_iter())


def test_rows_become_fields_and_replace_the_old_ones(
    project: Any, read: Any, redis_server: RedisServer
) -> None:
    export(project, redis_server)
    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "exports/lookup")["rows_read_back"] == 3
    assert json.loads(kept(redis_server)["2"]) == {"id": 2, "name": "n2", "amount": "2.00"}

    export(project, redis_server, ROWS.format(2), value_column="name", expires_after=600)
    assert project.run().success
    assert kept(redis_server) == {"0": "n0", "1": "n1"}
    assert keys(redis_server) == ["customers"]
    with redis.Redis.from_url(redis_server.url) as client:
        assert 0 < client.ttl("customers") <= 600  # pyright: ignore[reportOperatorIssue]


def test_what_is_no_number_or_no_value_is_none_in_redis(
    project: Any, read: Any, redis_server: RedisServer
) -> None:
    sql = "select 1 as id, 'nan'::double as rate, ['inf'::double] as rates union all select 2, null, null"
    export(project, redis_server, sql)
    result = project.run()
    assert result.success, read.failure(result)
    assert "NaN" not in kept(redis_server)["1"]
    assert json.loads(kept(redis_server)["1"]) == {"id": 1, "rate": None, "rates": [None]}

    export(project, redis_server, sql.replace("'nan'", "0.5"), value_column="rate")
    assert project.run().success
    assert kept(redis_server) == {"1": "0.5"}


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"checks": [{"unique": "id"}]}, "check marts/customers instead"),
        ({"partitions": {"daily": "2024-01-01"}}, "RedisExport writes all rows of marts/customers each time"),
    ],
    ids=["checks", "partitions"],
)
def test_what_an_export_would_ignore_is_refused(
    project: Any, redis_server: RedisServer, attributes: dict[str, Any], said: str
) -> None:
    export(project, redis_server, **attributes)

    with pytest.raises(Exception, match="Error while") as error:
        project.load()

    assert said in str(error.value.__cause__)


def test_a_swap_whose_answer_was_lost_is_a_success(
    project: Any, read: Any, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute: Any = Pipeline.execute

    def twice(pipe: Any, *given: Any) -> Any:
        commands = list(pipe.command_stack)
        found = execute(pipe, *given)
        if any(command[0][0] == "RENAME" for command in commands):
            pipe.command_stack = commands
            return execute(pipe, *given)
        return found

    monkeypatch.setattr(Pipeline, "execute", twice)
    export(project, redis_server)

    result = project.run()

    assert result.success, read.failure(result)
    assert len(kept(redis_server)) == 3


def test_an_empty_asset_empties_the_hash(project: Any, read: Any, redis_server: RedisServer) -> None:
    export(project, redis_server)
    assert project.run().success
    export(project, redis_server, ROWS.format(0))

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(redis_server) == []


def test_a_reader_never_sees_half_an_export(project: Any, redis_server: RedisServer) -> None:
    export(project, redis_server, ROWS.format(20_000), value_column="name")
    assert project.run().success
    seen, done = set[int](), threading.Event()
    before, after = threading.Event(), threading.Event()

    def look() -> None:
        with redis.Redis.from_url(redis_server.url) as client:
            while not done.is_set():
                found: Any = client.hlen("customers")
                seen.add(found)
                (after if found == 30_000 else before).set()

    reader = threading.Thread(target=look)
    reader.start()
    try:
        assert before.wait(30)
        export(project, redis_server, ROWS.format(30_000), value_column="name")
        result = project.run()
        assert result.success
        assert after.wait(30)
    finally:
        done.set()
        reader.join()

    assert seen == {20_000, 30_000}


@pytest.mark.parametrize(
    ("sql", "attributes", "message"),
    [
        (
            "select 1 as id, 'a' as name union all select 1, 'b'",
            {},
            "2 rows of marts.customers have 1 different",
        ),
        ("select null as id, 'a' as name", {}, "1 rows of marts/customers have no value of id"),
        (ROWS.format(3), {"key_column": "customer"}, "no column customer. Its columns are id, name, amount"),
        (ROWS.format(3), {"url": "redis://:wrong@127.0.0.1:{port}/0"}, "Redis cannot take the rows"),
        ("select 3 as number", {}, "no column id. Its columns are number"),
        (ROWS.format(3), {"url": "redis://127.0.0.1:1/0"}, "Redis cannot take the rows"),
        (ROWS.format(3), {"url": "localhost:6379"}, "no address of Redis"),
        (ROWS.format(3), {"url": ""}, "The url of exports/lookup is empty"),
    ],
)
def test_what_cannot_be_exported_changes_nothing(
    project: Any, read: Any, redis_server: RedisServer, sql: str, attributes: dict[str, Any], message: str
) -> None:
    export(project, redis_server)
    assert project.run().success
    before = kept(redis_server)
    if "url" in attributes:
        attributes = {"url": attributes["url"].format(port=redis_server.port)}
    export(project, redis_server, sql, **attributes)

    result = project.run()

    assert not result.success
    said = " ".join(read.failure(result).split())
    assert message in said
    assert ":wrong@" not in said
    assert kept(redis_server) == before
    assert keys(redis_server) == ["customers"]

    export(project, redis_server, ROWS.format(5))
    assert project.run().success
    assert len(kept(redis_server)) == 5


def test_a_wrong_password_is_told_and_the_right_one_repairs(
    project: Any, read: Any, redis_server: RedisServer
) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("requirepass", "right")
    export(project, redis_server, url=redis_server.url.replace("//", "//:wr0ng@"))

    result = project.run()

    assert not result.success
    assert "invalid username-password pair or user is disabled" in read.failure(result)
    assert "wr0ng" not in read.failure(result)
    export(project, redis_server, url=redis_server.url.replace("//", "//:right@"))
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert read.metadata(repaired, "exports/lookup")["rows_read_back"] == 3


def test_a_server_without_memory_keeps_the_old_export(
    project: Any, read: Any, redis_server: RedisServer
) -> None:
    export(project, redis_server)
    assert project.run().success
    before = kept(redis_server)
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("maxmemory", "3mb")
    export(project, redis_server, ROWS.format(60_000))

    result = project.run()

    assert not result.success
    assert "maxmemory" in read.failure(result)
    assert kept(redis_server) == before
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("maxmemory", "0")
        left = [key for key in client.scan_iter() if key != b"customers"]
        # What was written beside the hash goes by itself.
        assert all(0 < client.ttl(key) <= 3600 for key in left)  # pyright: ignore[reportOperatorIssue]
    assert project.run().success
    assert len(kept(redis_server)) == 60_000


def by_way_of(server: RedisServer, proxy: Proxy) -> str:
    return server.url.replace(str(server.port), str(proxy.port))


@pytest.mark.parametrize("trouble", ["stopped", "silent", "killed"])
def test_an_export_that_breaks_off_half_way_keeps_the_old_one_and_the_next_run_repairs(
    project: Any, read: Any, redis_server: RedisServer, tmp_path: Path, trouble: str
) -> None:
    redis_server.stop()
    keeping = ("--appendonly", "yes", "--appendfsync", "always", "--dir", str(tmp_path))
    redis_server.start(*keeping)
    export(project, redis_server)
    assert project.run().success
    before = kept(redis_server)
    with Proxy(("127.0.0.1", redis_server.port)).running() as proxy:
        export(project, redis_server, ROWS.format(60_000), url=by_way_of(redis_server, proxy), timeout=0.5)
        proxy.hold("client", 1_000_000, then=redis_server.stop if trouble == "stopped" else None)

        if trouble == "killed":
            run_and_kill(project, proxy.held.is_set)
        else:
            result = project.run()
            assert not result.success
            assert "Redis cannot take the rows of marts/customers" in read.failure(result)
            assert "See that the server runs" in read.failure(result)

        if trouble == "stopped":
            redis_server.start(*keeping)
        assert kept(redis_server) == before
        with redis.Redis.from_url(redis_server.url) as client:
            left = [key for key in client.scan_iter() if key != b"customers"]
            assert left, "the export was under way"
            assert all(0 < client.ttl(key) <= 3600 for key in left)  # pyright: ignore[reportOperatorIssue]
        proxy.let_go()
        repaired = project.run()
        assert repaired.success, read.failure(repaired)
        assert len(kept(redis_server)) == 60_000


def test_the_example_runs_against_the_stand_in(
    project: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.model("staging/orders", "select range as id, 2.5 as amount from range(3)")
    folder = project.root / project.package / "defs" / "example"
    folder.mkdir(parents=True)
    copy_example(example_of(RedisExport), folder, project.root, "dagway.components.RedisExport")
    with simulated() as url:
        monkeypatch.setenv("DAGWAY_DEMO_REDIS_URL", url)
        result = project.run()

        assert result.success, read.failure(result)
        with redis.Redis.from_url(url, decode_responses=True, protocol=2) as client:
            assert json.loads(str(client.hget("orders", "2"))) == {"id": 2, "amount": "2.5"}
    monkeypatch.delenv("DAGWAY_DEMO_REDIS_URL")
    assert project.run().success


def test_the_stand_in_says_what_it_does_not_do() -> None:
    with simulated() as url, redis.Redis.from_url(url, protocol=2) as client:
        with pytest.raises(redis.ResponseError, match=r"ZADD is not simulated\. Simulated is PING, strings"):
            client.zadd("scores", {"a": 1})
        client.set("text", "x")
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            client.hget("text", "x")
        assert client.get("text") == b"x"
