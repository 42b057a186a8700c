"""Demo mode: the account that the simulator plays, made of the project's demo files."""

from pathlib import Path

from dagway.components.landing.demo_folder import schemas
from dagway.simulators.fivetran import Connection, Fivetran, Group


def simulated(folder: Path) -> Fivetran:
    """An account with a connection for each folder of demo files."""
    connections = [
        Connection(f"demo_{schema}", schema, tables) for schema, tables in schemas(folder, "Fivetran").items()
    ]
    return Fivetran(groups=[Group(service="duckdb", connections=connections)])
