"""A click group that imports a command only when it runs, and one way to end for all of them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
from click.shell_completion import CompletionItem

from dagway.cli import _failure


@dataclass(frozen=True)
class CommandEntry:
    """Where a command lives and what help says of it before its module is imported.

    Attributes:
        module: imported when the command runs.
        attribute: the click command in it.
        summary: one line.
        section: the heading in help; sections show in the order of the table.
    """

    module: str
    attribute: str
    summary: str
    section: str

    def load(self) -> click.Command:
        """Imports the command."""
        command = getattr(importlib.import_module(self.module), self.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.module}:{self.attribute} is not a click command")
        return command


@dataclass(frozen=True)
class Process:
    """The process that a command runs in, as its context's `obj`.

    Attributes:
        is_own: whether it ends with the command; a test's or a program's does not.
    """

    is_own: bool


class LazyGroup(click.Group):
    """Commands by name from a table; help and completion read the table alone.

    A callback's result is its exit status: None or 0, 1 for a requirement that is unmet.
    """

    table: Mapping[str, CommandEntry]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None if the table has no such name."""
        entry = self.table.get(cmd_name)
        return entry.load() if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest name where there is no such command."""
        name = args[0]
        if name not in self.table and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(unknown_command(name, list(self.table)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their sections."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.table.items():
            sections.setdefault(entry.section, []).append((name, entry.summary))
        width = max(map(len, self.table))
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), summary) for name, summary in rows])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, with their summaries; then the group's own options."""
        names = [
            CompletionItem(name, help=entry.summary)
            for name, entry in self.table.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """As click's; help is printed while parsing, and its reader may be gone."""
        with _reader_watched():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click's; the result is flushed here, where a reader that is gone can be told apart."""
        with _reader_watched():
            return super().invoke(ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs the command line and exits: 0 done, 1 unmet, 2 error, 130 interrupted."""
        arguments = sys.argv[1:] if args is None else list(args)
        own_process = Process(is_own=args is None)
        try:
            result = super().main(
                arguments,
                prog_name or "dagway",
                complete_var,
                standalone_mode=False,
                obj=own_process,
                **extra,
            )
        except Exception as error:
            result = _failure.report(error, as_json=_failure.wants_json(arguments))
        status = result if isinstance(result, int) else 0
        if standalone_mode:
            sys.exit(status)
        return status


@contextmanager
def _reader_watched() -> Generator[None]:
    """Renames a closed pipe, which click would end with the status of an unmet requirement."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError as error:
        raise _failure.ReaderGoneError from error


def unknown_command(name: str, known: Sequence[str]) -> str:
    """What to say of a command that there is not, with the nearest that there is."""
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known)}."
    return f"No such command '{name}'. {hint}"
