"""`dagway completion`: the script that teaches a shell to complete the commands."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: eval "$(dagway completion bash)" in ~/.bashrc
    zsh:  eval "$(dagway completion zsh)" in ~/.zshrc
    fish: dagway completion fish > ~/.config/fish/completions/dagway.fish
    """
    from click.shell_completion import get_completion_class

    root = context.find_root()
    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"click knows no completion for {shell}", context)
    click.echo(script(root.command, {}, "dagway", "_DAGWAY_COMPLETE").source())
