"""The one place where an error becomes words and an exit status."""

from __future__ import annotations

import errno
import itertools
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from dagway.cli._output import print_json
from dagway.errors import DagwayError

ERROR = 2
INTERRUPTED = 130
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: What a shell reports for a program that wrote into a closed pipe: 128 + SIGPIPE.
READER_GONE = 141


class ReaderGoneError(Exception):
    """Whoever read our output has gone, as `head` does."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the user asked for JSON; read from the words, for parsing them may be what failed."""
    before_rest = list(arguments)[: list(arguments).index("--")] if "--" in arguments else list(arguments)
    pairs = itertools.pairwise(before_rest)
    return (
        "--json" in before_rest
        or "--format=json" in before_rest
        or any(pair == ("--format", "json") for pair in pairs)
    )


def report(error: Exception, *, as_json: bool) -> int:
    """Tells the user and gives the exit status."""
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, ReaderGoneError):
        _silence_stdout()
        return READER_GONE
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return ERROR
    described = describe(error)
    # Mistakes name file, line and column each, so that editors and terminals can jump there: nothing stands before.
    text = described.pop("text", None)
    if as_json:
        print_json({"error": described})
    else:
        click.echo(text or as_text(described), err=True)
    return ERROR


def describe(error: Exception) -> dict[str, Any]:
    """The error as plain data: message, remedy, and each mistake where there are several."""
    if isinstance(error, DagwayError):
        mistakes: Sequence[Any] = getattr(error, "mistakes", ())
        if mistakes:
            count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
            return {"message": count, "remedy": "", "mistakes": mistakes, "text": error.message}
        return {"message": error.message, "remedy": error.remedy}
    if isinstance(error, click.ClickException):
        return {"message": error.format_message(), "remedy": _usage_remedy(error)}
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = error.filename or "The output"
        return {
            "message": f"{where} cannot be written: {error.strerror}.",
            "remedy": "Make room, then try again.",
        }
    return {
        "message": f"{type(error).__name__}: {error}; this is a defect in Dagway",
        "remedy": f"Please report it with the traceback in {write_traceback(error)}",
    }


def as_text(described: dict[str, Any]) -> str:
    """`error: …` and the remedy below, indented."""
    lines = [f"error: {described['message']}"]
    if described["remedy"]:
        lines += [f"  {line}" for line in described["remedy"].splitlines()]
    return "\n".join(lines)


def write_traceback(error: Exception) -> str:
    """Writes the traceback to a new file in the temporary folder and gives its path."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="dagway-error-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    return file.name


def _usage_remedy(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"See '{context.command_path} --help'." if context else ""


def _silence_stdout() -> None:
    """Keeps the interpreter's last flush from failing loudly on the closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
