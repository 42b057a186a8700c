"""Lines of several services in one stream, each behind the name of its service, in a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence

from dagway.cli._output import console

_COLOURS = ("cyan", "magenta", "yellow", "blue", "green", "bright_cyan", "bright_magenta", "bright_yellow")


class ServiceLines:
    """Prints them; without colour where the output is no terminal."""

    def __init__(self, names: Sequence[str]) -> None:
        self._width = max(map(len, names))
        self._styles = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}
        self._console = console()

    def tell(self, name: str, text: str) -> None:
        """Prints what a service says, line by line."""
        from rich.text import Text

        for line in text.splitlines() or [""]:
            shown = Text(f"{name:<{self._width}} │ ", self._styles.get(name, ""))
            shown.append_text(Text.from_ansi(line))
            self._console.print(shown, soft_wrap=True)
