"""Who may come to the webserver: nobody but this machine without a log-in; with one, whoever has the password."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
import yaml
from processes import until
from served_platform import PROJECT, dagway, project, up

from dagway._dagster.login import MOST, PASSWORD, USER, headers
from dagway.errors import DagwayError
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.login import check, told
from dagway.platform.model import Login, Webserver
from dagway.platform.probe import ask
from dagway.platform.render.compose import compose
from dagway.platform.render.deployment import deployment
from dagway.platform.render.helm import helm
from dagway.platform.services import served

SECRET = "correct: horse ü"
LOG_IN = {USER: "jo", PASSWORD: SECRET}
FILE = "platform: 1\nwebserver: {host: 0.0.0.0, login: password}\n"
#: A run writes down which variables it has.
TELLING = PROJECT.replace(
    "    return 1", '    (SCRATCH / "names").write_text("\\n".join(os.environ))\n    return 1'
)
_QUERY = json.dumps({"query": "{ version }"})
_UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "graphql-ws",
}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7"])
def test_another_address_needs_a_log_in(host: str) -> None:
    with pytest.raises(DagwayError, match="nobody has to log in") as error:
        check(Webserver(host=host), LOG_IN)
    assert "login: password" in error.value.remedy
    assert "login: proxy" in error.value.remedy
    for login in ("proxy", "password"):
        check(Webserver(host=host, login=login), LOG_IN)
        assert host in told(Webserver(host=host, login=login))


@pytest.mark.parametrize("login", [None, "proxy", "password"])
def test_of_this_machines_own_address_nothing_is_said(login: Login | None) -> None:
    check(Webserver(login=login), LOG_IN)
    assert told(Webserver(login=login)) == ""


@pytest.mark.parametrize(
    ("given", "missing"), [({}, USER), ({USER: "jo"}, PASSWORD), ({USER: "j:o", PASSWORD: "x"}, "colon")]
)
def test_a_log_in_that_nobody_could_pass_is_refused(given: dict[str, str], missing: str) -> None:
    with pytest.raises(DagwayError, match=missing):
        check(Webserver(login="password"), given)


def answer(port: int, path: str, sent: dict[str, str], *, host: str = "127.0.0.1") -> int:
    """The status that the webserver answers with."""
    connection = HTTPConnection(host, port, timeout=60)
    try:
        is_query = path == "/graphql" and "Upgrade" not in sent
        body, kind = (_QUERY, {"Content-Type": "application/json"}) if is_query else (None, {})
        connection.request("POST" if is_query else "GET", path, body, {**kind, **sent})
        found = connection.getresponse()
        if found.status == 401:
            assert found.headers["WWW-Authenticate"].startswith("Basic ")
        return found.status
    finally:
        connection.close()


@contextmanager
def guessing(port: int) -> Generator[None]:
    """While this is open, more wrong passwords come than wait at a time."""
    over = threading.Event()

    def guess() -> None:
        wrong = headers({**LOG_IN, PASSWORD: "wrong"})
        while not over.is_set():
            answer(port, "/graphql", wrong)

    threads = [threading.Thread(target=guess) for _ in range(2 * MOST)]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in threads:
            one.join(60)


@pytest.mark.integration
@pytest.mark.slow
def test_the_webserver_asks_for_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, TELLING)
    (tmp_path / "platform.yaml").write_text(FILE)
    (tmp_path / ".env").write_text("".join(f'{name}="{value}"\n' for name, value in LOG_IN.items()))
    for name, value in LOG_IN.items():
        monkeypatch.setenv(name, value)
    with up(tmp_path) as platform:
        platform.until_up()
        assert "listens on 0.0.0.0 and asks for a password, which is not encrypted" in platform.output()
        known = headers(LOG_IN)
        for sent in ({}, headers({**LOG_IN, PASSWORD: "wrong"}), {"Authorization": "Basic é"}):
            for path in ("/", "/graphql", "/runs", "/logs/x", "/report_asset_materialization/x"):
                assert answer(platform.port, path, sent) == 401, path
            assert answer(platform.port, "/graphql", {**_UPGRADE, **sent}) == 403
            assert answer(platform.port, "/server_info", sent) == 200
        # From another address too.
        assert answer(platform.port, "/graphql", {}, host="127.0.0.2") == 401
        assert answer(platform.port, "/graphql", known, host="127.0.0.2") == 200
        assert answer(platform.port, "/", known) == 200
        assert answer(platform.port, "/graphql", {**_UPGRADE, **known}) == 101

        # A browser sends the password by itself, also for a page of another site.
        own, other = {"Origin": platform.url}, {"Origin": "http://evil.example"}
        for sent, expected in (
            (own, 200),
            (other, 403),
            ({**other, "X-Forwarded-Host": "evil.example"}, 200),
        ):
            assert answer(platform.port, "/graphql", {**known, **sent}) == expected
        assert answer(platform.port, "/graphql", {**_UPGRADE, **known, **own}) == 101
        assert answer(platform.port, "/graphql", {**_UPGRADE, **known, **other}) == 403
        assert answer(platform.port, "/graphql?%71uery={version}", known) == 403

        # Dagway's own commands know it from the variables, or from .env; whoever knows another is told.
        assert ask(platform.url, "{ version }")["version"]
        assert dagway(tmp_path, "status").returncode == 0
        launched = dagway(tmp_path, "launch", "--job", "quick")
        assert launched.returncode == 0, launched.stderr
        # While somebody guesses passwords from this machine's own address, the platform and its user's commands come in all the same.
        key = tmp_path / ".dagway/platform/key"
        assert key.stat().st_mode & 0o777 == 0o600
        with guessing(platform.port):
            until(lambda: answer(platform.port, "/graphql", known) == 429, "so many guesses")
            for command in ("status", "doctor"):
                done = dagway(tmp_path, command)
                assert (done.returncode, "log-in" in done.stdout) == (0, False), done.stdout + done.stderr
        until(lambda: answer(platform.port, "/graphql", known) == 200, "the end of the guesses")
        assert key.read_text() not in platform.output()
        secrets = (SECRET, key.read_text())
        key.rename(tmp_path / "moved")
        wrong = dagway(tmp_path, "status", environment={**LOG_IN, PASSWORD: "wrong"})
        assert wrong.returncode == 2
        assert f"Set {USER} and {PASSWORD}" in wrong.stderr
        assert dagway(tmp_path, "doctor").stdout.count("log-in") == 0

        # Who runs the code of projects does not know it; no file and no command line has it.
        forwarded = {**headers({**LOG_IN, PASSWORD: "wrong"}), "X-Forwarded-For": "10.9.8.7"}
        assert answer(platform.port, "/graphql", forwarded) == 401
        wrong_ones = (platform.folder / ".dagway/platform/logs/webserver.log").read_text()
        for client in ("127.0.0.1", "10.9.8.7"):
            assert f"A wrong user or password came from {client}." in wrong_ones
        pid = platform.service("definitions")["pid"]
        names = {
            word.partition("=")[0]
            for word in Path(f"/proc/{pid}/environ").read_text(errors="replace").split("\0")
        }
        seen = (platform.scratch / "names").read_text().split()
        assert "PATH" in names & set(seen)
        assert (names | set(seen)) & LOG_IN.keys() == set()
        for one in platform.state()["services"].values():
            line = Path(f"/proc/{one['pid']}/cmdline").read_text()
            assert not [secret for secret in secrets if secret in line]
        written = [path for path in (tmp_path / ".dagway").rglob("*") if path.is_file()]
        assert [path for path in written for one in secrets if one.encode() in path.read_bytes()] == []
        (tmp_path / "moved").rename(key)
        assert platform.stop() == 0
        assert not key.exists()


@pytest.mark.integration
@pytest.mark.slow
def test_without_a_log_in_no_page_of_another_site_is_answered(tmp_path: Path) -> None:
    project(tmp_path)
    with up(tmp_path) as platform:
        platform.until_up()
        port = platform.port
        names = (f"127.0.0.1:{port}", f"localhost:{port}", "localhost:8080")
        for sent in ({}, *({"Host": name, "Origin": f"http://{name}"} for name in names)):
            assert answer(port, "/", sent) == 200
            assert answer(port, "/graphql", sent) == 200
            assert answer(port, "/graphql", {**_UPGRADE, **sent}) == 101
        rebound = {"Host": "evil.example", "Origin": "http://evil.example"}
        for sent in ({"Origin": "http://evil.example"}, {"Origin": "null"}, rebound):
            assert answer(port, "/graphql", sent) == 403
            assert answer(port, "/graphql", {**_UPGRADE, **sent}) == 403
        assert answer(port, "/", {"Host": "evil.example"}) == 403
        assert answer(port, "/graphql?query={version}", {}) == 403
        assert dagway(tmp_path, "launch", "--job", "quick").returncode == 0
        assert platform.stop() == 0


def test_containers_of_webserver_and_daemon_know_the_log_in_and_no_others(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "platform.yaml").write_text(FILE)
    platform = find(tmp_path, "compose")
    home = Home.of(tmp_path, None, {})
    services = yaml.safe_load(compose(deployment(platform, served(platform, home)))["compose.yaml"])[
        "services"
    ]
    assert {name for name, one in services.items() if PASSWORD in one.get("environment", {})} == {
        "webserver",
        "daemon",
    }
    assert services["webserver"]["environment"][PASSWORD].startswith(f"${{{PASSWORD}:?")
    assert services["webserver"]["command"][:3] == ["python", "-m", "dagway._dagster.webserver"]
    assert services["webserver"]["command"][3] == "password"
    assert services["webserver"]["ports"] == ["0.0.0.0:3001:3001"]
    # Without a log-in it answers to the name that the other containers call it by, and to no other.
    (tmp_path / "platform.yaml").write_text("platform: 1\n")
    platform = find(tmp_path, "compose")
    entries = {one.name: one for one in deployment(platform, served(platform, home)).entry_points}
    assert entries["webserver"].command[2:4] == ("dagway._dagster.webserver", "none,webserver")
    assert "http://webserver:3001" in entries["daemon"].health
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nprofiles: {compose: {webserver: {host: 0.0.0.0}}}\n"
    )
    platform = find(tmp_path, "compose")
    entries = {one.name: one for one in deployment(platform, served(platform, home)).entry_points}
    assert entries["webserver"].command[3] == "none,webserver"
    (tmp_path / "platform.yaml").write_text(FILE)
    platform = find(tmp_path, "kubernetes")
    with pytest.raises(DagwayError, match="login: password"):
        helm(deployment(platform, served(platform, home)))
