"""A platform that runs: started, watched and stopped in order."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from dagway.errors import DagwayError
from dagway.platform import dagster_yaml, login
from dagway.platform.environment import combined, environments, home_of
from dagway.platform.home import Home, write_private
from dagway.platform.journal import Tell, noted
from dagway.platform.load import LoadedPlatform
from dagway.platform.log import Log
from dagway.platform.messages import Lack, lack
from dagway.platform.model import OnStop
from dagway.platform.model import seconds as seconds_of
from dagway.platform.probe import Address
from dagway.platform.question import Question
from dagway.platform.room import Room
from dagway.platform.services import PLATFORM, Served, Service, check_engine, served, services, url
from dagway.platform.state import fresh, read
from dagway.platform.supervised import GRACE, Supervised
from dagway.platform.under_way import Locations, cancel, locations, under_way
from dagway.platform.versions import Versions

#: Seconds between two looks at everything.
TICK = 0.05
#: Seconds between two looks at the code locations, at the disk, and at runs that are waited for.
_SLOW = 1.0
#: Questions in a row that the webserver may leave open before it is not asked any more.
_TRIES = 3
#: How often the end has to be asked for until it is at once.
_AT_ONCE = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Prepared:
    """All that is needed to start."""

    platform: LoadedPlatform
    home: Home
    locations: tuple[Served, ...]
    services: tuple[Service, ...]

    @property
    def webserver(self) -> str:
        """The UI's address."""
        return url(self.platform.config)

    @property
    def lacks_for_slack(self) -> Lack | None:
        """What keeps messages of runs from Slack where they are half set up."""
        names = {one.name for one in self.locations}
        variables = [one.environment for one in self.services if one.name in names]
        return lack(self.platform.config.slack, variables)


def prepare(platform: LoadedPlatform, environment: dict[str, str]) -> Prepared:
    """What `dagway up` will run.

    Raises:
        DagwayError: a mistake in the configuration, a missing variable, an address that is not safe, a log-in that nobody could
            pass, an engine that cannot be.
    """
    login.check(platform.config.webserver, combined(platform, environment, platform.root))
    check_engine(platform.config)
    home = home_of(platform, environment)
    places = served(platform, home)
    return Prepared(
        platform,
        home,
        places,
        services(platform, home, places, environments(platform, home, places, environment)),
    )


def while_heard(tell: Tell) -> Tell:
    """The same, silent for good once nobody can be told: a closed terminal or pipe must not break off the end in order."""
    heard = True

    def told(who: str, line: str) -> None:
        nonlocal heard
        if heard:
            try:
                tell(who, line)
            except OSError:
                heard = False

    return told


@contextmanager
def running(prepared: Prepared, tell: Tell) -> Generator[Running]:
    """Holds the home while this is open, and writes the configuration; nothing is started yet.

    Raises:
        DagwayError: it is up already, a port is taken, files cannot be written, or a version that was deployed is gone.
    """
    home = prepared.home
    home.make()
    with _held(home, prepared):
        say = noted(home, tell)
        for service in prepared.services:
            if service.listens:
                check_port(service.name, service.listens)
        content = dagster_yaml.text(dagster_yaml.settings(prepared.platform.config))
        if not home.write_settings(content):
            say(PLATFORM, f"{home.settings} was written by hand and stays as it is.")
        if home.is_exposed:
            say(PLATFORM, f"{home.dagster} can be read by other users: chmod 700 {home.dagster}")
        if warning := login.told(prepared.platform.config.webserver):
            say(PLATFORM, warning)
        if found := prepared.lacks_for_slack:
            say(PLATFORM, f"{found.what} {found.remedy}")
        login.make_key(prepared.platform, home)
        login.adopt(prepared.platform)
        for one in prepared.locations:
            if told := Versions.of(home, one.name).begin(one.location.root):
                say(one.name, told)
        write_private(home.workspace, dagster_yaml.text(dagster_yaml.workspace(prepared.locations)))
        yield Running(prepared, tell)


class Running:
    """The services under supervision; everything happens in the thread that calls `serve`."""

    def __init__(self, prepared: Prepared, tell: Tell) -> None:
        self.prepared = prepared
        self._tell = while_heard(tell)
        self._say = noted(prepared.home, self._tell)
        self._supervised = [self._watch(service) for service in prepared.services]
        self._state = fresh(prepared.webserver, prepared.platform.config.profile, prepared.home)
        self._asked_to_stop = 0
        self._locations: Locations | None = None
        self._asked_locations = Question[Locations]()
        self._next_look = self._next_disk = 0.0
        self._room = Room(prepared.home.dagster)
        self._announced = False
        self._began = time.monotonic()

    def stop(self) -> None:
        """Asks for the end. Once: as configured. Twice: runs are canceled. Three times: at once."""
        self._asked_to_stop += 1

    def cancel(self) -> None:
        """Asks for the end without waiting for runs; however often it is asked, they have their time to end."""
        self._asked_to_stop = max(self._asked_to_stop, 2)

    def serve(self, on_stop: OnStop) -> None:
        """Until it is asked to stop and has done so."""
        # Imports of one service go on while another waits for the disk.
        for one in self._supervised:
            one.start()
        while not self._asked_to_stop:
            self._look()
        self._stop(on_stop)

    def _watch(self, service: Service) -> Supervised:
        log = Log(self.prepared.home.logs / f"{service.name}.log")
        log.skip()
        return Supervised(service, log, lambda line: self._say(service.name, line))

    def _look(self) -> None:
        for one in self._supervised:
            one.look()
        self._show()
        self._look_at_locations()
        self._look_at_disk()
        self._write_state()
        time.sleep(TICK)

    def _show(self) -> None:
        for one in self._supervised:
            for line in one.log.lines():
                self._tell(one.service.name, line)

    def _write_state(self) -> None:
        services = {one.service.name: one.condition.to_json() for one in self._supervised}
        now = replace(self._state, services=services, stopping=self._asked_to_stop > 0)
        if now != self._state:
            self._state = now
            # A full disk must not end what runs.
            with suppress(DagwayError):
                self._state.write(self.prepared.home)

    def _look_at_disk(self) -> None:
        if time.monotonic() >= self._next_disk:
            self._next_disk = time.monotonic() + _SLOW
            if news := self._room.news():
                self._say(PLATFORM, news)

    def _look_at_locations(self) -> None:
        """Says which definitions do not load, and once that all is ready."""
        if time.monotonic() < self._next_look or not self._is_settled():
            return
        found = self._asked_locations.answer()
        if found is None:
            self._asked_locations.ask(lambda: locations(self.prepared.webserver))
            return
        self._next_look = time.monotonic() + (_SLOW if self._announced else TICK)
        if isinstance(found, Exception):
            return
        if found.loading and not self._announced:
            return
        known = self._locations.broken if self._locations else {}
        for name, why in found.broken.items():
            if known.get(name) != why:
                self._say(name, f"its definitions do not load:\n{why}")
        for name in known.keys() & set(found.loaded):
            self._say(name, "its definitions load again")
        self._locations = found
        if not self._announced:
            self._announced = True
            self._say(
                PLATFORM, f"is up after {time.monotonic() - self._began:.1f} s: {self.prepared.webserver}"
            )

    def _is_settled(self) -> bool:
        """Whether the webserver can be asked: it is healthy, and every other service is or has failed to become so."""
        states = {one.service.name: one.condition.state for one in self._supervised}
        is_new = not self._announced and bool({"starting", "restarting"} & set(states.values()))
        return states["webserver"] == "healthy" and not is_new

    def _stop(self, on_stop: OnStop) -> None:
        """The daemon first, so that nothing new begins; then the runs; then the others, last started first."""
        self._write_state()
        by_name = {one.service.name: one for one in self._supervised}
        if daemon := by_name.get("daemon"):
            daemon.stop(GRACE, self._is_urgent)
        self._end_runs(on_stop)
        for one in reversed(self._supervised):
            one.stop(GRACE, self._is_urgent)
            self._show()
        self.prepared.home.state.unlink(missing_ok=True)
        self.prepared.home.key.unlink(missing_ok=True)
        self._say(PLATFORM, "is down")

    def _is_urgent(self) -> bool:
        """Whether nobody waits for anything any more; it may become so at any moment."""
        return self._asked_to_stop >= _AT_ONCE

    def _end_runs(self, on_stop: OnStop) -> None:
        """Waits for runs under way, or cancels them."""
        runs = self.prepared.platform.config.runs
        deadline = time.monotonic() + (seconds_of(runs.stop_within) if on_stop == "finish" else 0)
        last = float("inf")
        asked, refused, told, failures = set[str](), dict[str, str](), -1, 0
        while not self._is_urgent():
            left = self._answer(lambda: under_way(self.prepared.webserver))
            if left is None:
                return
            if isinstance(left, Exception):
                failures += 1
                if failures < _TRIES:
                    self._tend(_SLOW)
                    continue
                self._say(
                    PLATFORM, f"the webserver does not tell which runs are under way: they go on ({left})"
                )
                return
            failures = 0
            if not left or time.monotonic() > last:
                for run in left:
                    self._say(PLATFORM, f"the run {run} goes on: {refused.get(run) or 'it does not end'}")
                return
            cancels = self._asked_to_stop > 1 or time.monotonic() >= deadline
            if cancels and last == float("inf"):
                last = time.monotonic() + seconds_of(runs.cancel_within)
            if len(left) != told:
                told = len(left)
                what = "are canceled" if cancels else "finish first; Ctrl-C cancels them"
                self._say(PLATFORM, f"{told} {'run' if told == 1 else 'runs'} under way: they {what}")
            if not_yet := set(left) - asked if cancels else ():
                answers = self._answer(lambda some=not_yet: self._cancel(some))
                for run, refusal in answers.items() if isinstance(answers, dict) else ():
                    # One that has not started yet cannot be asked: it is asked again.
                    refused[run] = refusal
                    if not refusal:
                        asked.add(run)
            self._tend(4 * TICK)

    def _cancel(self, runs: Iterable[str]) -> dict[str, str]:
        """What each of the runs answers that is asked to end; those that could not be asked are left out."""
        answers = dict[str, str]()
        for run in runs:
            with suppress(OSError, ValueError, KeyError):
                answers[run] = cancel(self.prepared.webserver, run)
        return answers

    def _answer(self, ask: Callable[[], T]) -> T | Exception | None:
        """What is answered, or raised, while the services are looked after; None where nobody waits any more."""
        question = Question[T]()
        answer = None
        while answer is None and not self._is_urgent():
            question.ask(ask)
            question.wait(TICK)
            answer = question.answer()
            if answer is None:
                self._look_after()
        return answer

    def _tend(self, seconds: float) -> None:
        """Looks after the services while runs are waited for: they need them."""
        until = time.monotonic() + seconds
        self._look_after()
        while time.monotonic() < until and not self._is_urgent():
            time.sleep(TICK)
            self._look_after()

    def _look_after(self) -> None:
        for one in self._supervised:
            if one.service.name != "daemon":
                one.look()
        self._show()
        self._write_state()


@contextmanager
def _held(home: Home, prepared: Prepared) -> Generator[None]:
    """The home, for this process alone; the kernel lets go of it with the process."""
    with ExitStack() as stack:
        for lock in home.locks:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in {errno.EAGAIN, errno.EACCES}:
                    raise
                raise _already_up(home, prepared) from None
            if lock.parent == home.dagster:
                # It is named after that: who holds the one has the other.
                stack.callback(_remove_sockets, home)
        yield


def _remove_sockets(home: Home) -> None:
    """The folder of sockets, once it is empty: those of services that were killed stay until the next start."""
    with suppress(OSError):
        home.sockets.rmdir()


def _already_up(home: Home, prepared: Prepared) -> DagwayError:
    state = read(home)
    where = f" at {state.webserver}, process {state.pid}" if state else ""
    return DagwayError(
        f"The platform of {state.home if state else home.dagster} is up already{where}.",
        "See `dagway status`; `dagway down` stops it.",
    )


def check_port(name: str, listens: Address) -> None:
    """Sees whether a service can listen where it is to.

    Raises:
        DagwayError: it cannot.
    """
    family = socket.AF_INET6 if ":" in listens.host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listens.host, listens.port))
        except OSError as error:
            key = "webserver" if name == "webserver" else "code_servers"
            raise DagwayError(
                f"Port {listens.port} for {name} cannot be had: {error.strerror}.",
                f"End what listens there (`ss -ltnp 'sport = :{listens.port}'` names it), or write another `port` under"
                f" `{key}` in platform.yaml{' or after --port' if key == 'webserver' else ''}.",
            ) from None
