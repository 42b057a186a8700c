"""Fivetran's connections as assets."""

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
from dagster_fivetran import FivetranAccountComponent, build_fivetran_polling_sensor
from dagster_fivetran.components.workspace_component.component import (
    FivetranConnectorSelectorById,
    FivetranConnectorSelectorByName,
    FivetranMetadataAddons,
    resolve_connector_selector,
)
from dagster_fivetran.translator import FivetranConnector, FivetranConnectorTableProps, FivetranWorkspaceData
from dagster_fivetran.utils import DAGSTER_FIVETRAN_TRANSLATOR_METADATA_KEY

from dagway.components.failures import clear_failures
from dagway.components.fivetran import demo
from dagway.components.fivetran.account import FivetranAccount, Workspace
from dagway.components.fivetran.setup_tests import SetupTests, run_setup_tests
from dagway.components.landing.base import keep_state
from dagway.components.landing.connected import Connected
from dagway.components.landing.step import Landing
from dagway.components.resolving import plain, text
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.translation import TranslationResolver, itself

_DESCRIBED = dg.Resolver.default


@dg.scaffold_with(ExampleScaffolder)
class Fivetran(Connected, FivetranAccountComponent):
    """The tables that Fivetran lands, a step for each connection: it syncs, waits, and looks at what landed.

    Keys are flat, `schema/table` or `source/table`, so that dbt's sources and other assets name them as they are.
    The connections are asked of Fivetran by `dg utils refresh-defs-state`, in demo mode at each load.
    """

    title: ClassVar[str] = "Fivetran"

    workspace: Annotated[FivetranAccount, _DESCRIBED(description="The account, and how it is asked.")] = (
        FivetranAccount()
    )
    source: Annotated[
        str | None, text("The first segment of all keys; each table's schema in the destination if left out.")
    ] = None
    connector_selector: Annotated[
        Callable[[FivetranConnector], bool] | None,
        dg.Resolver(
            resolve_connector_selector,
            model_field_type=str | FivetranConnectorSelectorByName | FivetranConnectorSelectorById,
            description="The connections that count, `by_name` or `by_id`; all if left out.",
        ),
    ] = None
    excluded_connectors: Annotated[
        Sequence[str], plain("Names or ids of connections that do not count.", list[str])
    ] = ()
    setup_tests: Annotated[
        SetupTests | None, _DESCRIBED(description="A job that runs the connections' setup tests, and when.")
    ] = None
    translation: Annotated[
        TranslationFn[FivetranConnectorTableProps] | None,
        TranslationResolver[FivetranConnectorTableProps](props=itself),
    ] = None
    polling_sensor: Annotated[
        bool | None, plain("Whether a sensor tells of syncs that Fivetran started itself.", bool | None)
    ] = None
    include_metadata: Annotated[
        list[FivetranMetadataAddons],
        _DESCRIBED(description="`column_metadata` asks for each table's columns."),
    ] = []  # noqa: RUF012  pydantic copies it
    defs_state: ResolvedDefsStateConfig = DefsStateConfigArgs.local_filesystem()

    @property
    def workspace_resource(self) -> Workspace:
        return self.workspace.workspace()

    def get_asset_spec(self, props: FivetranConnectorTableProps) -> dg.AssetSpec:
        """The asset of a table, with a flat key. Made to be overridden."""
        schema, _, name = props.table.rpartition(".")
        spec = super().get_asset_spec(props)
        flat = spec.replace_attributes(key=dg.AssetKey([self.source or schema, name]))
        return self.described(flat, props.table)

    def is_selected(self, connector: FivetranConnector) -> bool:
        """Whether a connection counts."""
        chosen = self.connector_selector is None or self.connector_selector(connector)
        return chosen and not {connector.id, connector.name} & set(self.excluded_connectors)

    @contextmanager
    def connected(self, root: Path) -> Generator[Workspace]:
        """The account to ask: Fivetran's, in demo mode the simulator's."""
        if not self.in_demo:
            yield self.workspace_resource
            return
        service = demo.simulated(self.demo_folder(root))
        with service.demo() as address:
            account = replace(self.workspace, **service.credentials(), api_url=address, poll_interval=0.05)
            yield account.workspace()

    def keep(self, client: Workspace, path: Path) -> None:
        state = client.fetch_fivetran_workspace_data()
        keep_state(
            path,
            state,
            not state.connectors_by_id,
            f"Fivetran's account {client.account_id}",
            "Finish a connection in Fivetran, or give the API key access to its group.",
        )

    def build_defs_from_state(
        self, context: dg.ComponentLoadContext, state_path: Path | None
    ) -> dg.Definitions:
        parts = [self._setup_tests(context.project_root)]
        if state_path is None:
            logging.getLogger(__name__).warning(
                "What Fivetran's account %s holds is not known yet. Ask it: dg utils refresh-defs-state",
                self.workspace.account_id,
            )
            return dg.Definitions.merge(*parts)
        state = dg.deserialize_value(state_path.read_text(), FivetranWorkspaceData)
        root = context.project_root
        landed = self.landed(context, self._landings(context, state), lambda step: self.synced(step, root))
        return dg.Definitions.merge(*parts, landed, dg.Definitions(sensors=self._sensors()))

    def _landings(
        self, context: dg.ComponentLoadContext, state: FivetranWorkspaceData
    ) -> dict[str, list[Landing]]:
        """The tables of each selected connection, by its name."""
        selected = state.to_workspace_data_selection(connector_selector_fn=self.is_selected)
        found: dict[str, list[Landing]] = {}
        for props in selected.to_fivetran_connector_table_props_data():
            spec = self.translator.get_asset_spec(props).merge_attributes(
                metadata={DAGSTER_FIVETRAN_TRANSLATOR_METADATA_KEY: self.translator}
            )
            found.setdefault(props.connector_name, []).append(self.landing(context, spec, props.table))
        return found

    def run(self, context: dg.AssetExecutionContext, client: Workspace) -> Iterator[Any]:
        yield from self.execute(context=context, fivetran=client)

    def _setup_tests(self, root: Path) -> dg.Definitions:
        def test() -> dict[str, int]:
            with clear_failures("Fivetran"), self.connected(root) as workspace:
                return run_setup_tests(workspace.get_client(), self.is_selected)

        tests = self.setup_tests
        return tests.definitions(test, demo=self.in_demo) if tests else dg.Definitions()

    def _sensors(self) -> list[dg.SensorDefinition]:
        if not self.polling_sensor or self.in_demo:
            return []
        sensor = build_fivetran_polling_sensor(
            workspace=self.workspace_resource,
            dagster_fivetran_translator=self.translator,
            connector_selector_fn=self.is_selected,
        )
        return [sensor]
