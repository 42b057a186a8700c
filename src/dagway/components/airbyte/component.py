"""Airbyte's connections as assets."""

# Dagster's component and its values leave type parameters open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleVariableOverride=false

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import dagster as dg
from dagster.components.utils.defs_state import DefsStateConfigArgs, ResolvedDefsStateConfig
from dagster.components.utils.translation import TranslationFn
from dagster_airbyte import AirbyteWorkspaceComponent
from dagster_airbyte.components.workspace_component.component import (
    AirbyteConnectionSelectorById,
    AirbyteConnectionSelectorByName,
    resolve_connection_selector,
)
from dagster_airbyte.translator import AirbyteConnection, AirbyteConnectionTableProps, AirbyteWorkspaceData
from dagster_airbyte.utils import DAGSTER_AIRBYTE_TRANSLATOR_METADATA_KEY

from dagway.components.airbyte.workspace import AirbyteAccount, Workspace
from dagway.components.landing.base import keep_state
from dagway.components.landing.connected import Connected
from dagway.components.landing.demo_folder import schemas
from dagway.components.landing.step import Landing
from dagway.components.resolving import plain
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.translation import TranslationResolver, itself
from dagway.simulators import airbyte as simulator

_DESCRIBED = dg.Resolver.default


@dg.scaffold_with(ExampleScaffolder)
class Airbyte(Connected, AirbyteWorkspaceComponent):
    """The tables that Airbyte lands, a step for each connection: it syncs, waits, and looks at what landed.

    Keys are flat, `connection/table` or `source/table`, so that dbt's sources and other assets name them as they are.
    The connections are asked of Airbyte by `dg utils refresh-defs-state`, in demo mode at each load.
    """

    title: ClassVar[str] = "Airbyte"

    workspace: Annotated[AirbyteAccount, _DESCRIBED(description="The workspace, and how it is asked.")] = (
        AirbyteAccount()
    )
    connection_selector: Annotated[
        Callable[[AirbyteConnection], bool] | None,
        dg.Resolver(
            resolve_connection_selector,
            model_field_type=str | AirbyteConnectionSelectorByName | AirbyteConnectionSelectorById,
            description="The connections that count, `by_name` or `by_id`; all if left out.",
        ),
    ] = None
    excluded_connections: Annotated[
        Sequence[str], plain("Names or ids of connections that do not count.", list[str])
    ] = ()
    translation: Annotated[
        TranslationFn[AirbyteConnectionTableProps] | None,
        TranslationResolver[AirbyteConnectionTableProps](props=itself),
    ] = None
    defs_state: ResolvedDefsStateConfig = DefsStateConfigArgs.local_filesystem()

    def get_asset_spec(self, props: AirbyteConnectionTableProps) -> dg.AssetSpec:
        """The asset of a table, with a flat key. Made to be overridden."""
        spec = super().get_asset_spec(props)
        # After a sync, Dagster asks for the key anew and does not know the schema: it must not depend on it.
        flat = spec.replace_attributes(
            key=dg.AssetKey([self.source or props.connection_name, props.table_name])
        )
        return self.described(flat, _place(props))

    def is_selected(self, connection: AirbyteConnection) -> bool:
        """Whether a connection counts."""
        chosen = self.connection_selector is None or self.connection_selector(connection)
        return chosen and not {connection.id, connection.name} & set(self.excluded_connections)

    @contextmanager
    def connected(self, root: Path) -> Generator[Workspace]:
        """The workspace to ask: Airbyte's, in demo mode the simulator's."""
        if not self.in_demo:
            yield self.workspace.resource()
            return
        service = self._simulated(root)
        with service.demo() as url:
            account = replace(
                self.workspace,
                **service.credentials(),
                username=None,
                password=None,
                rest_api_base_url=url + simulator.PUBLIC,
                configuration_api_base_url=url + simulator.CONFIGURATION,
                poll_interval=0.05,
            )
            yield account.resource()

    def keep(self, client: Workspace, path: Path) -> None:
        state = client.fetch_airbyte_workspace_data()
        keep_state(
            path,
            state,
            not state.to_airbyte_connection_table_props_data(),
            f"Airbyte's workspace {client.workspace_id}",
            "Finish a connection in Airbyte, or give the client access to the workspace.",
        )

    def build_defs_from_state(
        self, context: dg.ComponentLoadContext, state_path: Path | None
    ) -> dg.Definitions:
        if state_path is None:
            logging.getLogger(__name__).warning(
                "What Airbyte's workspace %s holds is not known yet. Ask it: dg utils refresh-defs-state",
                self.workspace.workspace_id,
            )
            return dg.Definitions()
        state = dg.deserialize_value(state_path.read_text(), AirbyteWorkspaceData)
        root = context.project_root
        return self.landed(context, self._landings(context, state), lambda step: self.synced(step, root))

    def _landings(
        self, context: dg.ComponentLoadContext, state: AirbyteWorkspaceData
    ) -> dict[str, list[Landing]]:
        """The tables of each selected connection, by its name."""
        found: dict[str, list[Landing]] = {}
        for props in state.to_airbyte_connection_table_props_data():
            if not self.is_selected(state.connections_by_id[props.connection_id]):
                continue
            spec = self.translator.get_asset_spec(props).merge_attributes(
                metadata={DAGSTER_AIRBYTE_TRANSLATOR_METADATA_KEY: self.translator}
            )
            landing = self.landing(context, spec, _place(props))
            found.setdefault(props.connection_name, []).append(landing)
        return found

    def run(self, context: dg.AssetExecutionContext, client: Workspace) -> Iterator[Any]:
        yield from self.execute(context=context, airbyte=client)

    def _simulated(self, root: Path) -> simulator.Airbyte:
        """A workspace with a connection for each folder of demo files."""
        found = schemas(self.demo_folder(root), self.title)
        connections = [
            simulator.Connection(f"demo-{schema}", schema, tables, schema) for schema, tables in found.items()
        ]
        return simulator.Airbyte(connections=connections, destination_type="duckdb")


def _place(props: AirbyteConnectionTableProps) -> str:
    return f"{props.schema}.{props.table_name}" if props.schema else props.table_name
