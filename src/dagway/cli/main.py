"""The command line's root: which commands there are. Importing this imports click and nothing heavy."""

from __future__ import annotations

import click

from dagway import __version__
from dagway.cli._group import CommandEntry, LazyGroup

BUILD = "Build"
LOOK = "Look"
RUN = "Run"
SERVE = "Serve"
REFER = "Look up"

COMMANDS = {
    "draft": CommandEntry(
        "dagway.cli.draft", "draft", "Write a first blueprint from the data that is there.", BUILD
    ),
    "plan": CommandEntry("dagway.cli.plan", "plan", "Show what a blueprint will become, and why.", BUILD),
    "prototype": CommandEntry(
        "dagway.cli.prototype", "prototype", "Build the project of a blueprint, run it and prove it.", BUILD
    ),
    "verify": CommandEntry("dagway.cli.verify", "verify", "Prove a built project again.", BUILD),
    "list": CommandEntry("dagway.cli.list", "list_command", "List what a Dagster project consists of.", LOOK),
    "graph": CommandEntry("dagway.cli.graph", "graph", "Draw the lineage of a Dagster project.", LOOK),
    "check": CommandEntry(
        "dagway.cli.check", "check", "Check a Dagster project against the conventions.", LOOK
    ),
    "launch": CommandEntry(
        "dagway.cli.launch", "launch", "Materialize assets or run a job, and follow it.", RUN
    ),
    "code-server": CommandEntry(
        "dagway.cli.code_server", "code_server", "Serve a code location whose runs start warm.", RUN
    ),
    "simulate": CommandEntry(
        "dagway.cli.simulate", "simulate", "Run a local stand-in of a vendor's API.", RUN
    ),
    "init": CommandEntry("dagway.cli.init", "init", "Put an existing project on the platform.", SERVE),
    "up": CommandEntry("dagway.cli.up", "up", "Run a project's code server, webserver and daemon.", SERVE),
    "status": CommandEntry("dagway.cli.status", "status", "Say how a platform is.", SERVE),
    "logs": CommandEntry("dagway.cli.logs", "logs", "Print what a platform's services say.", SERVE),
    "down": CommandEntry("dagway.cli.down", "down", "Stop a platform in order.", SERVE),
    "deploy": CommandEntry(
        "dagway.cli.deploy", "deploy", "Put a new version of a location in place, or go back.", SERVE
    ),
    "env": CommandEntry("dagway.cli.env", "env", "List a platform's variables and their sources.", SERVE),
    "doctor": CommandEntry("dagway.cli.doctor", "doctor", "Say what is wrong, and the mend.", SERVE),
    "render": CommandEntry(
        "dagway.cli.render", "render", "Write what runs a platform in containers or on a server.", SERVE
    ),
    "rules": CommandEntry("dagway.cli.rules", "rules", "List the conventions that are checked.", REFER),
    "explain": CommandEntry("dagway.cli.explain", "explain", "Say what a rule finds, and why.", REFER),
    "integrations": CommandEntry(
        "dagway.cli.integrations", "integrations", "Find the integration for a system.", REFER
    ),
    "schema": CommandEntry(
        "dagway.cli.schema", "schema", "Print the JSON Schema of blueprints or platforms.", REFER
    ),
    "completion": CommandEntry(
        "dagway.cli.completion", "completion", "Print the completion script for a shell.", REFER
    ),
}


@click.group("dagway", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="dagway %(version)s")
@click.option("--no-color", is_flag=True, help="Print without colour, also on a terminal.")
@click.pass_context
def main(context: click.Context, no_color: bool) -> None:
    """From written requirements to a running, proven data platform on Dagster."""
    if no_color:
        context.color = False


main.table = COMMANDS
