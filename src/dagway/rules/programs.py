"""Which programs a process that starts will run, also through a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from pathlib import PurePath

_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
#: What a shell does itself, and what stands between two commands.
_OF_SHELLS = frozenset({"cd", "export", "set", "unset", "source", ".", "umask", "ulimit"})
_BETWEEN = frozenset(";&|()\n")


def started(words: Sequence[str]) -> str:
    """The first program that the words start, without its arguments, which may hold secrets.

    Empty where that is dbt alone, making the manifest that definitions are built from.
    """
    commands = [*_commands(words)] or [words[:1]]
    return next((command[0] for command in commands if not _is_dbt(command)), "")


def _commands(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The commands of the text that a shell is given; else the words themselves."""
    name = PurePath(words[0]).name if words else ""
    text = _script(words) if name in _SHELLS else None
    if text is not None:
        for command in _split(text):
            yield from _commands([*dropwhile(lambda word: "=" in word, command)])
    elif name not in _OF_SHELLS | {""}:
        yield words


def _script(words: Sequence[str]) -> str | None:
    """What follows `-c`, or `-lc` and the like."""
    flags = (at for at, word in enumerate(words[:-1]) if word[:1] == "-" != word[1:2] and word.endswith("c"))
    return next((words[at + 1] for at in flags), None)


def _split(text: str) -> Iterator[list[str]]:
    # With `<` and `>`, `2>&1` is not taken for the end of a command.
    lexer = shlex.shlex(text, posix=True, punctuation_chars="".join(_BETWEEN) + "<>")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    command: list[str] = []
    try:
        for word in lexer:
            if set(word) <= _BETWEEN:
                yield command
                command = []
            else:
                command.append(word)
    except ValueError:
        # A quote is not closed; what stands before it was read.
        pass
    yield command


def _is_dbt(command: Sequence[str]) -> bool:
    return PurePath(command[0]).name == "dbt" and not {"parse", "deps"}.isdisjoint(command)
