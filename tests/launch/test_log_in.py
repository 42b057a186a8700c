"""Whom `dagway launch` tells the user and the password: the platform that they belong to, and nobody else."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dagway._dagster.login import PASSWORD, USER, headers
from dagway.cli.main import main
from dagway.errors import DagwayError
from dagway.launch.graphql import Webserver
from dagway.launch.log_in import URL, log_in
from dagway.platform.home import Home
from dagway.platform.state import fresh
from dagway.simulators.receiver import Answer, Request, serve

LOG_IN = {USER: "jo", PASSWORD: "correct horse"}
SENT = headers(LOG_IN)["Authorization"]


class Recorder:
    """A server that answers everything alike, and notes what it was sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.url = ""
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        self.seen.append(request)
        return self.answer

    @property
    def log_ins(self) -> list[str | None]:
        """The `Authorization` of each request."""
        return [request.headers.get("authorization") for request in self.seen]


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[Recorder, Recorder]]:
    """The platform, and another one; both ask for a log-in."""
    for name, value in LOG_IN.items():
        monkeypatch.setenv(name, value)
    for name in (URL, "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    found = Recorder(Answer(401, "")), Recorder(Answer(401, ""))
    with ExitStack() as stack:
        for one in found:
            one.url = stack.enter_context(serve(one, methods=("GET", "POST")))
        yield found


def launch(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(main, ["launch", str(folder), "--select", "a", *words])
    assert result.exit_code == 2, result.output
    return result


def test_an_address_that_was_only_typed_is_not_told(
    servers: tuple[Recorder, Recorder], tmp_path: Path
) -> None:
    _, other = servers
    told = launch(tmp_path, "--url", other.url)
    assert other.log_ins == [None]
    assert f"{other.url} asks for a log-in" in told.stderr
    assert f"export {URL}={other.url}" in told.stderr.replace("\n", " ")


def test_the_platform_that_the_environment_names_is_told(
    servers: tuple[Recorder, Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, other = servers
    monkeypatch.setenv(URL, named.url)
    assert "export" not in launch(tmp_path).stderr
    launch(tmp_path, "--url", f"{named.url}/")
    assert named.log_ins == [SENT, SENT]
    launch(tmp_path, "--url", other.url)
    assert other.log_ins == [None]


def test_the_projects_own_platform_is_told_and_what_its_env_says_goes_nowhere_else(
    servers: tuple[Recorder, Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = servers
    for name in LOG_IN:
        # Empty is not set; what the command adopts is undone with this.
        monkeypatch.setenv(name, "")
    (tmp_path / ".env").write_text("".join(f'{name}="{value}"\n' for name, value in LOG_IN.items()))
    home = Home.of(tmp_path, None, {})
    home.platform.mkdir(parents=True)
    fresh(own.url, "embedded", home).write(home)
    launch(tmp_path, "--url", other.url)
    monkeypatch.setenv(URL, other.url)
    launch(tmp_path)
    assert other.log_ins == [None, None]
    monkeypatch.delenv(URL)
    launch(tmp_path, "--url", own.url)
    launch(tmp_path)
    assert own.log_ins == [SENT, SENT]


def test_a_redirection_takes_nothing_along(
    servers: tuple[Recorder, Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, other = servers
    named.answer = Answer(302, "", {"Location": f"{other.url}/graphql"})
    monkeypatch.setenv(URL, named.url)
    told = launch(tmp_path)
    assert named.log_ins == [SENT]
    assert other.seen == []
    assert f"{named.url} sends on to {other.url}/graphql" in told.stderr


def test_a_proxy_is_not_told_what_this_machine_is_asked(
    servers: tuple[Recorder, Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, proxy = servers
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv(URL, named.url)
    launch(tmp_path)
    monkeypatch.delenv(URL)
    launch(tmp_path, "--url", named.url)
    assert named.log_ins == [SENT, None]
    assert proxy.seen == []
    # What is beyond this machine is asked through it, as ever.
    with pytest.raises(DagwayError, match="asks for a log-in"):
        Webserver("http://dagster.example").ask("{ version }", "version")
    assert proxy.log_ins == [None]
    # The own platform may listen on another address of this machine; nobody does on this one.
    with pytest.raises(DagwayError, match="No Dagster webserver answers"):
        Webserver("http://0.0.0.0:1", {"Authorization": SENT}).ask("{ version }", "version")
    assert proxy.log_ins == [None]


@pytest.mark.parametrize("url", ["http://dagster.example:3001", "http://10.0.0.7"])
def test_beyond_this_machine_it_goes_encrypted_or_not_at_all(url: str) -> None:
    with pytest.raises(DagwayError, match="could read DAGWAY_LOGIN_USER") as error:
        log_in(url, None, {**LOG_IN, URL: url})
    assert f"set {URL}=https://" in error.value.remedy
    assert log_in(url, None, {URL: url}) == {}
    assert log_in(url, None, LOG_IN) == {}
    # The platform that listens there is on this machine.
    assert log_in(url, url, LOG_IN) == headers(LOG_IN)
    safe = url.replace("http:", "https:")
    assert log_in(safe, None, {**LOG_IN, URL: safe}) == headers(LOG_IN)


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://dagster.example", True),
        ("https://DAGSTER.example:443/prefix", True),
        ("http://dagster.example", False),
        ("https://dagster.example:444", False),
        ("https://dagster.example.evil", False),
        ("https://dagster.example@evil.example", False),
        ("https://jo@dagster.example", False),
    ],
)
def test_it_is_the_same_by_scheme_host_and_port(url: str, *, is_told: bool) -> None:
    known = {**LOG_IN, URL: "https://dagster.example"}
    assert bool(log_in(url, None, known)) == is_told
