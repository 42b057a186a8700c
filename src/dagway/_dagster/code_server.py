"""Dagster's code servers with another source of run processes."""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import BaseContext
from typing import Any, cast
from unittest import mock

import click
import dagster._grpc.proxy_server as proxy_server
import dagster._grpc.server as grpc_server
from dagster import DagsterInstance
from dagster._cli.api import grpc_command
from dagster._cli.code_server import start_command
from dagster._grpc.server import DagsterApiServer, LoadedRepositories

from dagway._dagster.supervisor import IS_SUPPORTED, Supervisor
from dagway._dagster.warm_definitions import Loaded

#: Called with the definitions once they are loaded, and the instance if there is one, before the server starts its threads;
#: None: as stock.
Warm = Callable[[Sequence[Loaded], DagsterInstance | None], BaseContext | None]
#: Seconds between two looks whether a run process has started; Dagster waits 0.1.
POLL_INTERVAL = 0.005
#: Seconds that a server which is to end waits for a storage that does not answer.
LONGEST_AWAY = 30.0
_logger = logging.getLogger("dagster.code_server")
#: Options of `dagster api grpc` that `dagster code-server start` does not hand on by itself.
_FLAGS = {"empty_working_directory": "--empty-working-directory", "enable_metrics": "--enable-metrics"}


def options() -> list[click.Parameter]:
    """Those of `dagster code-server start` and of `dagster api grpc`, each once, with the variables of both."""
    inner = {str(option.name): option for option in grpc_command.params}
    outer = {str(option.name): copy.copy(option) for option in start_command.params}
    for name, option in outer.items():
        if name in inner:
            option.envvar = [*_variables(option), *_variables(inner[name])] or None
            option.opts = list(dict.fromkeys([*option.opts, *inner[name].opts]))
    return [*outer.values(), *(option for name, option in inner.items() if name not in outer)]


def _variables(option: click.Parameter) -> list[str]:
    variables = option.envvar or []
    return [variables] if isinstance(variables, str) else list(variables)


def supervise(program: Sequence[str], values: Mapping[str, Any], changes: Callable[[], str]) -> None:
    """`dagster code-server start`: a server that starts `program` as the server behind it, and anew at each reload.

    Args:
        program: what Python is to run: words.
        values: those of `options()`.
        changes: asked now and then for the files that have changed; where there are any, it reloads. Nobody asks on a
            system on which only the stock server runs.
    """
    own = type("WatchingSupervisor", (Supervisor,), {"changes": staticmethod(changes)})
    servicer = own if IS_SUPPORTED else proxy_server.DagsterProxyApiServicer
    flags = [flag for name, flag in _FLAGS.items() if values[name]]
    outer = {str(option.name) for option in start_command.params}

    def entry_point(executable: str) -> list[str]:
        return [executable, *program, str(os.getpid()), *flags]

    with (
        mock.patch.object(grpc_server, "get_python_environment_entry_point", entry_point),
        mock.patch.object(proxy_server, "DagsterProxyApiServicer", servicer),
    ):
        cast("Any", start_command.callback)(**{name: values[name] for name in outer})


def serve(arguments: Sequence[str], warm: Warm, refusal: Exception | None = None) -> None:
    """`dagster api grpc`, whose runs start in the context that `warm` gives.

    Args:
        refusal: what loading the definitions is to raise.
    """
    server = type("WarmApiServer", (_WarmApiServer,), {"warm": staticmethod(warm), "refusal": refusal})
    with (
        mock.patch.object(grpc_server, "EVENT_QUEUE_POLL_INTERVAL", POLL_INTERVAL),
        mock.patch.object(grpc_server, "DagsterApiServer", server),
    ):
        grpc_command.main(list(arguments), prog_name="dagway code-server", standalone_mode=False)


def load(arguments: Sequence[str]) -> None:
    """Loads the definitions as `dagster api grpc` with these arguments would, and serves nothing."""
    with contextlib.suppress(_LoadedError):
        serve(["--port", "1", *arguments], _stop_after_loading)


def _stop_after_loading(loaded: Sequence[Loaded], instance: DagsterInstance | None) -> None:
    raise _LoadedError


class _LoadedError(BaseException):
    """The way out of a server that has loaded what it was to load."""


class _WarmApiServer(DagsterApiServer):
    """The stock server; `warm` is set by the class that is made of it."""

    warm: Warm
    #: Set there too.
    refusal: Exception | None = None
    #: When the storage began not to answer, on the monotonic clock.
    _away_since: float | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        found: list[BaseContext] = []
        server, warm = self, type(self).warm

        class Repositories(LoadedRepositories):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                if server.refusal is not None:
                    raise server.refusal
                super().__init__(*arguments, **options)
                context = warm(_loaded(self), server._instance)  # pyright: ignore[reportPrivateUsage]
                if context is not None:
                    found.append(context)

        # The server makes exactly one, between opening the instance and starting its threads.
        with mock.patch.object(grpc_server, "LoadedRepositories", Repositories):
            super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]
        if found:
            self._mp_ctx: Any = found[0]

    def _check_for_orphaned_runs(self) -> None:
        """As stock, whose thread for it ends for ever at the first error: with it, the storage may be away for a while.

        A server that is to end does not wait for that: the one in front knows its runs too.
        """
        try:
            super()._check_for_orphaned_runs()  # pyright: ignore[reportUnknownMemberType]
            self._away_since = None
        except Exception as error:
            if self._away_since is None:
                self._away_since = time.monotonic()
                _logger.warning(
                    "A run has ended, and its storage does not answer; it is asked again: %s", error
                )
            is_to_end = self._shutdown_once_executions_finish_event.is_set()
            if is_to_end and time.monotonic() - self._away_since > LONGEST_AWAY:
                self._server_termination_event.set()


def _loaded(repositories: LoadedRepositories) -> tuple[Loaded, ...]:
    pointers = repositories.code_pointers_by_repo_name
    return tuple(
        Loaded(pointers[name], repository) for name, repository in repositories.definitions_by_name.items()
    )
