from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import Position
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("io-at-load", severity="error", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """Loading the definitions does work.

    What
        While the definitions load, a line of the project connects to a server, starts a process or writes a file. What
        Dagster and the integrations do for themselves is not counted, and neither are `dbt parse` and `dbt deps`, folders,
        temporary files and what a library does while it is imported.

    Why
        Definitions load in every process: at each run, each step, each check, on every machine. What they do then is done
        again and again, slows every start, and fails where the server cannot be reached.

    Broken
        # file: definitions.py
        import dagster as dg

        with open("loaded.log", "a") as log:
            log.write("loaded")

        defs = dg.Definitions()

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None:
            with open("orders.csv", "a") as file:
                file.write("1")


        defs = dg.Definitions(assets=[orders])

    Source
        "Resources open their connections when they are used"; the health of an open platform depends on cheap loads.
    """
    for event in dict.fromkeys(loaded.events):
        yield loaded.problem(
            Position(event.path, event.line),
            f"loading the definitions {_DOES[event.kind].format(event.detail.removeprefix(f'{loaded.root}/'))}",
            "Do it in the asset or resource that needs it, not while definitions load",
        )


_DOES = {
    "socket": "connects to {}",
    "process": "starts the program {}",
    "write": "writes the file {}",
}
