"""What commands share to speak: a console, JSON, the format option.

Importing this module costs click alone; rich is imported when something is shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, TypeVar, cast, runtime_checkable

import click

from dagway.errors import DagwayError

if TYPE_CHECKING:
    from rich.console import Console

OutputFormat = Literal["text", "json"]
Command = TypeVar("Command", bound=Callable[..., Any])
#: How wide text is where no terminal says so: tables in a file should not be cut at 80.
PIPED_WIDTH = 160
JSON_ASKED = "dagway.json"


@runtime_checkable
class Printable(Protocol):
    """A value that knows its own JSON shape."""

    def to_json(self) -> Any: ...


def format_option(command: Command) -> Command:
    """Adds `--format text|json` and `--json`; the callback receives `output_format`."""
    long = click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        callback=_prefer_json,
        help="How to print the result.",
    )
    short = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_remember_json,
        help="Same as --format json.",
    )
    return long(short(command))


def _remember_json(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    context.meta[JSON_ASKED] = asked


def _prefer_json(context: click.Context, _option: click.Parameter, value: str) -> str:
    return "json" if context.meta.get(JSON_ASKED) else value


def console(*, stderr: bool = False) -> Console:
    """A console for text: colour only on a terminal, and none with --no-color or NO_COLOR.

    Markup, emoji and highlighting are off, so that a name such as `orders[new]` prints as it is.
    """
    import os

    from rich.console import Console

    shown = Console(
        stderr=stderr, markup=False, emoji=False, highlight=False, color_system="auto" if colour() else None
    )
    # Rich would end the process with status 1, which means unmet.
    shown.on_broken_pipe = _reader_gone  # pyright: ignore[reportAttributeAccessIssue]
    if not shown.is_terminal and "COLUMNS" not in os.environ:
        shown.width = PIPED_WIDTH
    return shown


def _reader_gone() -> NoReturn:
    raise BrokenPipeError


def colour() -> bool:
    """Whether the user left colour on; a terminal is still needed for it to show."""
    import os

    context = click.get_current_context(silent=True)
    refused = context is not None and context.color is False
    return not (refused or os.environ.get("NO_COLOR"))


def print_json(value: Any) -> None:
    """Prints plain data, frozen values or anything with `to_json()`, indented by two."""
    click.echo(json_text(value))


def json_text(value: Any) -> str:
    """What `print_json` prints, without the last line break.

    Raises:
        TypeError: no shape is known for a part of it.
    """
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plainer)


def write_text(output: Path, text: str) -> None:
    """Writes a result to the file that the user named, and says so on stderr.

    Raises:
        DagwayError: it cannot be written.
    """
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DagwayError(
            f"{output} cannot be written: {error.strerror}.", "Name a file in a folder that is there."
        ) from None
    click.echo(f"Wrote {output}", err=True)


def _plainer(value: Any) -> Any:
    """One step from a value that JSON has no type for towards one that it has."""
    if isinstance(value, Printable):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): item for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, AbstractSet):
        return sorted(cast("AbstractSet[Any]", value))
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"no JSON shape for {type(value).__name__}")
