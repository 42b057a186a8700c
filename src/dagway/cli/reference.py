"""The page docs/cli.md, from the commands themselves: `python -m dagway.cli.reference > docs/cli.md`."""

from __future__ import annotations

import sys

import click

from dagway.cli.main import main as dagway

HEAD = """\
<!-- Written by `make docs` from the commands' own help: change that. -->
# The command line

`--format json` (short: `--json`) makes a command that shows a result print it as JSON on stdout. Progress and errors go to
stderr. Colour shows only on a terminal, and neither with `--no-color` nor with the variable `NO_COLOR`.

| exit status | means |
|---|---|
| 0 | done; where something was to be proven, it is |
| 1 | a requirement or a check is unmet; of `integrations`, nothing was found |
| 2 | an error: it names what is wrong, where, and what to do next |
| 130 | interrupted |

With `--format json` an error is `{"error": {"message": …, "remedy": …, "mistakes": […]}}` on stdout; `mistakes` is there where
several were found at once.

Progress shows as bars on a terminal, elsewhere as one line for each phase that is done. A reader that goes away, such as `head`, ends
a command quietly with status 141.

Completion of commands and options, in your shell's start-up file: `eval "$(dagway completion bash)"`, or `zsh`; for fish,
`dagway completion fish > ~/.config/fish/completions/dagway.fish`.
"""
WIDTH = 100


def page() -> str:
    """The whole page: what holds for all commands, then each command's help in the order of the table."""
    root = click.Context(dagway, info_name="dagway", **dagway.context_settings)
    sections = [HEAD, _section(dagway, root)]
    for name, entry in dagway.table.items():
        command = entry.load()
        sections.append(_section(command, click.Context(command, parent=root, info_name=name)))
    return "\n".join(sections)


def _section(command: click.Command, context: click.Context) -> str:
    context.terminal_width = WIDTH
    return f"## {context.command_path}\n```text\n{command.get_help(context).rstrip()}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
