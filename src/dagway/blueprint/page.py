"""One text file as a person sees it: its path, its lines, and the mistakes that stand in it."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from dagway.blueprint.masking import mask
from dagway.blueprint.mistake import BlueprintErrors, Mistake, Position

LARGEST = 5_000_000
"""Bytes of the largest file that is read."""
MOST = 200
"""Mistakes that are noted on one page; whoever mends these sees the rest."""
_WIDEST = 2_000
"""Characters of a line that are quoted."""


@dataclass
class Page:
    """A file's text, and what was found wrong in it.

    Attributes:
        noun: what the file is.
        begin: what it must begin with, as a remedy.
        secrets: texts that must not be shown, neither in a quoted line nor in a message.
    """

    path: Path
    text: str
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    secrets: set[str] = field(default_factory=set[str])
    noun: str = "blueprint"
    begin: str = "begin with `blueprint: 1` and `name: my_project`"

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")

    @property
    def is_full(self) -> bool:
        """Whether no more mistakes are noted."""
        return len(self.mistakes) >= MOST

    def mistake(self, at: tuple[int, int], message: str, remedy: str = "", *, hide: bool = False) -> None:
        """Note a mistake at line and column. `hide` masks the quoted line from the column on."""
        if self.is_full:
            return
        line, column = at
        quoted = self.lines[line - 1][:_WIDEST].rstrip("\r") if 0 < line <= len(self.lines) else ""
        if hide:
            quoted = quoted[: column - 1] + "***"
        self.mistakes.append(Mistake(Position(self.path, line, column), message, remedy, quoted))

    def masked(self) -> list[Mistake]:
        """The mistakes, with every secret that was found taken out."""
        return [
            Mistake(
                mistake.position,
                mask(mistake.message, self.secrets),
                mask(mistake.remedy, self.secrets),
                mask(_printable(mistake.line), self.secrets),
            )
            for mistake in self.mistakes
        ]


def _printable(line: str) -> str:
    """The line with one visible character for each that would move the cursor."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in line.replace("\t", " ")
    )


def read(path: Path, noun: str = "blueprint") -> str:
    """The text of a file in UTF-8.

    Raises:
        BlueprintErrors: it is missing, no regular file, too large, empty or no text.
    """
    reason, remedy = _unreadable(path, noun)
    if not reason:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            reason, remedy = f"the {noun} is no text in UTF-8 (byte {error.start + 1})", "save it as UTF-8"
        else:
            return text
    raise BlueprintErrors([Mistake(Position(path, 1, 1), reason, remedy)])


def _unreadable(path: Path, noun: str) -> tuple[str, str]:
    """Why the file cannot be read and what to do; empty if it can."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            return f"the {noun} may not be read", "give yourself the right to read it"
        return f"there is no {noun} here", "check the path, and the folder that the command runs in"
    if stat.S_ISDIR(status.st_mode):
        return f"this is a folder, no {noun}", f"name the file in it, such as {path / 'blueprint.yaml'}"
    if not stat.S_ISREG(status.st_mode):
        return f"this is no regular file, so no {noun}", "name a regular file"
    if status.st_size > LARGEST:
        return (
            f"the {noun} has {status.st_size:,} bytes; the most is {LARGEST:,}",
            "put SQL into files of its own",
        )
    try:
        with path.open("rb"):
            return "", ""
    except OSError:
        return f"the {noun} may not be read", "give yourself the right to read it"
