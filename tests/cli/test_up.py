"""`dagway up` where it does not start: one clear message, and status 2. What runs is tested in tests/platform."""

from __future__ import annotations

import fcntl
import socket
from pathlib import Path

import pytest
from served_platform import dagway, project

from dagway.platform.home import Home


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        shown = dagway(project(tmp_path), "up", "--port", str(port))
    assert shown.returncode == 2
    assert f"Port {port} for webserver cannot be had: Address already in use." in shown.stderr
    assert "--port" in shown.stderr
    assert not Home.of(tmp_path, None, {}).sockets.exists()


def test_a_folder_that_another_platform_holds(tmp_path: Path) -> None:
    home = Home.of(project(tmp_path), None, {})
    home.make()
    try:
        with home.locks[1].open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            elsewhere = {"DAGSTER_HOME": str(tmp_path / "elsewhere")}
            shown = dagway(tmp_path, "up", environment=elsewhere)
            assert (shown.returncode, "is up already" in shown.stderr) == (2, True)
            assert not Home.of(tmp_path, None, elsewhere).sockets.exists()
            # That of the platform that is up is its own.
            with home.locks[0].open("w") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                assert "is up already" in dagway(tmp_path, "up").stderr
            assert home.sockets.is_dir()
    finally:
        home.sockets.rmdir()


def test_another_address_is_refused(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "up", "--host", "0.0.0.0")
    assert shown.returncode == 2
    assert "nobody has to log in" in shown.stderr
    for way in ("login: password", "login: proxy", "127.0.0.1"):
        assert way in shown.stderr


def test_what_the_projects_lack_is_told_before_anything_is_started(tmp_path: Path) -> None:
    project(
        tmp_path / "shop", 'import os\nTOKEN, SIZE = os.environ["SHOP_TOKEN"], os.environ.get("SHOP_SIZE")\n'
    )
    project(tmp_path / "stock", 'import os\nos.environ["TOKENIZERS_PARALLELISM"] = "false"\n')
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nlocations: [{path: shop, name: shop}, {path: stock, name: stock}]\n"
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        shown = dagway(tmp_path, "up", "--port", port)
        given = dagway(tmp_path, "up", "--port", port, environment={"SHOP_TOKEN": "x"})
    assert "SHOP_TOKEN is not set, which shop/definitions.py reads." in shown.stdout
    assert shown.stdout.count("is not set") == 1
    assert "is not set" not in given.stdout


@pytest.mark.parametrize(
    ("engine", "variables", "said"),
    [
        ("warm", {"DAGSTER_POSTGRES_PORT": "abc"}, "The port of PostgreSQL cannot be 'abc'."),
        ("warm", {"DAGSTER_POSTGRES_PORT": "99999"}, "Set DAGSTER_POSTGRES_PORT to a number from 1 to 65535"),
        ("celery", {"CELERY_BROKER_URL": "redis://:hunter22@h:abc"}, "The address of Celery's broker"),
        ("celery", {"REDIS_PORT": "abc"}, "The address of Celery's broker"),
    ],
)
def test_an_address_that_is_none(tmp_path: Path, engine: str, variables: dict[str, str], said: str) -> None:
    (project(tmp_path) / "platform.yaml").write_text(
        f"platform: 1\nprofile: postgres\nruns: {{engine: {engine}}}\npostgres: {{user: u, database: d}}\n"
    )
    shown = dagway(tmp_path, "up", environment=variables)
    assert (shown.returncode, said in shown.stderr) == (2, True), shown.stderr
    assert "hunter22" not in shown.stderr
    looked = dagway(tmp_path, "doctor", environment=variables)
    assert looked.returncode == 1
    assert said in " ".join(looked.stdout.split())


def test_a_missing_variable(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "up", "--profile", "postgres")
    assert shown.returncode == 2
    assert "DAGSTER_POSTGRES_USER, which is not set" in shown.stderr
