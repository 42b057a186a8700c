"""How a launch is shown while it goes on: a live tree on a terminal, lines elsewhere, JSON for programs."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

import click

from dagway.cli._launch_text import lines
from dagway.cli._output import console
from dagway.launch.saying import RunEnded, Tick, to_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from dagway.launch.progress import Progress
    from dagway.launch.saying import Saying

Format = Literal["text", "json", "jsonl"]
#: Seconds between two pictures.
INTERVAL = 0.1


class Shown(Protocol):
    """Somewhere that what happens is shown."""

    def hear(self, saying: Saying, progress: Progress) -> None:
        """Shows it; `progress` has heard it already."""
        ...

    def note(self, text: str) -> None:
        """Something from this process itself."""
        ...


@contextmanager
def shown(output_format: Format) -> Generator[Shown]:
    """What is right for the format: the result goes to the standard output, progress beside JSON to the other."""
    if output_format == "jsonl":
        yield Records()
        return
    screen = console(stderr=output_format == "json")
    if not screen.is_terminal:
        yield Lines(screen)
        return
    from rich.live import Live

    with Live(console=screen, auto_refresh=False, transient=True) as live:
        yield Alive(screen, live)


class Records:
    """Each saying is a line of JSON."""

    def hear(self, saying: Saying, progress: Progress) -> None:
        """Writes it; time alone is no news."""
        if not isinstance(saying, Tick):
            click.echo(to_line(saying), nl=False)

    def note(self, text: str) -> None:
        """For a person, not for the program that reads."""
        click.echo(text, err=True)


class Lines:
    """One line for each thing that happens."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen

    def hear(self, saying: Saying, progress: Progress) -> None:
        """Prints what it is worth."""
        for text, style in lines(saying, progress, steps=True):
            self._screen.print(text, style=style, soft_wrap=True)

    def note(self, text: str) -> None:
        """A line."""
        self._screen.print(text, style="yellow", soft_wrap=True)


class Alive:
    """The tree of the run's steps, renewed in its place, with what is logged and printed above it."""

    def __init__(self, screen: Console, live: Live) -> None:
        self._screen, self._live = screen, live
        self._drawn = 0.0

    def hear(self, saying: Saying, progress: Progress) -> None:
        """Prints above what is worth a line, and draws anew now and then; a run that is over stays."""
        for text, style in lines(saying, progress, steps=False):
            self._screen.print(text, style=style, soft_wrap=True)
        if isinstance(saying, RunEnded):
            self._stay(progress)
        elif time.monotonic() - self._drawn > INTERVAL:
            self._draw(progress)

    def note(self, text: str) -> None:
        """Above the tree."""
        self._screen.print(text, style="yellow", soft_wrap=True)

    def _draw(self, progress: Progress) -> None:
        from dagway.cli._launch_tree import picture

        self._drawn = time.monotonic()
        run = progress.current
        if run is not None and not run.status:
            self._live.update(picture(run, self._screen.height - 1), refresh=True)

    def _stay(self, progress: Progress) -> None:
        from rich.text import Text

        from dagway.cli._launch_tree import picture

        run = progress.current
        if run is not None:
            self._live.update(Text(""), refresh=True)
            self._screen.print(picture(run, self._screen.height - 1))
