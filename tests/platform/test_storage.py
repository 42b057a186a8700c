"""The platform with its metadata in PostgreSQL, and with runs on workers of Celery."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from processes import until
from redis import Redis, RedisError
from served_platform import SECRET, metadata, project, sales, sold, up

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def database(postgres_url: str) -> dict[str, str]:
    """The variables that name an empty database."""
    return metadata(postgres_url)


def test_postgres_heals_as_sqlite_does(tmp_path: Path, database: dict[str, str], postgres_url: str) -> None:
    folder = project(tmp_path)
    with up(folder, "--profile", "postgres", environment=database) as platform:
        platform.until_up()
        run = platform.launch("long")
        platform.run_in_step()
        for service in ("definitions", "webserver", "daemon"):
            platform.kill_until_back(service)
    with up(folder, "--profile", "postgres", environment=database) as platform:
        platform.until_up()
        assert platform.end(run) == "FAILURE"
        assert platform.end(platform.launch("quick")) == "SUCCESS"
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("select status, count(*) from runs group by 1 order by 1").fetchall()
    assert found == [("FAILURE", 1), ("SUCCESS", 1)]
    written = [path for path in (folder / ".dagway").rglob("*") if path.is_file()]
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []


def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    nowhere = {
        f"DAGSTER_POSTGRES_{name}": value for name, value in (("USER", "u"), ("DB", "d"), ("PORT", "1"))
    }
    with up(project(tmp_path), "--profile", "postgres", environment=nowhere) as platform:
        until(lambda: "PostgreSQL at localhost:1 does not answer" in platform.output(), "what it waits for")
        until(lambda: platform.service("daemon").get("state") == "waiting", "the state")
        assert {one["restarts"] for one in platform.state()["services"].values()} == {0}
        assert platform.stop() == 0


@pytest.fixture
def redis() -> Generator[Redis]:
    """A database of its own on the Redis of REDIS_HOST, or of this machine."""
    client = Redis(
        os.environ.get("REDIS_HOST", "127.0.0.1"), int(os.environ.get("REDIS_PORT", "6379")), db=11
    )
    try:
        _empty(client)
    except RedisError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"No Redis answers: {error}")
    yield client
    _empty(client)


def broker(redis: Redis) -> dict[str, str]:
    """The variables that name it."""
    settings = redis.connection_pool.connection_kwargs
    return {"REDIS_HOST": settings["host"], "REDIS_PORT": str(settings["port"]), "REDIS_DB": "11"}


def test_runs_on_workers_of_celery(tmp_path: Path, redis: Redis) -> None:
    folder = project(tmp_path)
    (folder / "platform.yaml").write_text("platform: 1\nruns: {engine: celery}\n")
    with up(folder, environment=broker(redis)) as platform:
        platform.until_up()
        run = platform.launch("quick")
        assert platform.end(run) == "SUCCESS"
        assert any("Celery task has been forwarded" in message for message in platform.messages(run))
        platform.kill_until_back("worker")
        assert platform.end(platform.launch("quick")) == "SUCCESS"


def test_the_sales_example_on_celery_and_postgres(
    tmp_path: Path, redis: Redis, database: dict[str, str]
) -> None:
    folder = sales(tmp_path / "sales", "celery")
    given = {**database, **broker(redis), "DAGWAY_DEMO": "1"}
    with up(folder, environment=given) as platform:
        platform.until_up()
        run = platform.launch("daily_sales_job")
        assert platform.end(run) == "SUCCESS", platform.messages(run)
        assert any("Celery task has been forwarded" in message for message in platform.messages(run))
    assert sold(folder) > 300


def _empty(client: Any) -> None:
    client.flushdb()
