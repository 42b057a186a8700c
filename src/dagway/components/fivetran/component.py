"""Fivetran's connections as assets."""

# Dagster's component and its values leave type parameters open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleVariableOverride=false

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.defs_state import DefsStateConfigArgs, ResolvedDefsStateConfig
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from dagster_fivetran import FivetranAccountComponent, build_fivetran_polling_sensor
from dagster_fivetran.components.workspace_component.component import (
    FivetranConnectorSelectorById,
    FivetranConnectorSelectorByName,
    FivetranMetadataAddons,
    resolve_connector_selector,
)
from dagster_fivetran.translator import (
    FivetranConnector,
    FivetranConnectorTableProps,
    FivetranMetadataSet,
    FivetranWorkspaceData,
)
from dagster_fivetran.utils import DAGSTER_FIVETRAN_TRANSLATOR_METADATA_KEY

from dagway.components.asset_spec import asset_spec, column_types
from dagway.components.attributes import Attributes, Block
from dagway.components.checks import run as checks
from dagway.components.checks.apart import check_definitions
from dagway.components.environment import is_demo
from dagway.components.failures import clear_failures
from dagway.components.fivetran import demo
from dagway.components.fivetran.account import FivetranAccount, Workspace
from dagway.components.fivetran.setup_tests import SetupTests, run_setup_tests
from dagway.components.fivetran.step import ConnectionStep, Landing
from dagway.components.reading import duckdb_types, read_file
from dagway.components.resolving import plain, text
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.source import store
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

_DESCRIBED = dg.Resolver.default


@dataclass(kw_only=True)
class FivetranTable(Attributes, dg.Resolvable):
    """What is said of one table that Fivetran lands."""

    name: Annotated[str, text("The table, as `table` or `schema.table`.")]


class _Translation(TranslationFnResolver[FivetranConnectorTableProps]):
    """Dagster's resolver, with a description."""

    def __init__(self) -> None:
        super().__init__(lambda props: {"props": props})
        self.description = "Attributes for all assets; templates may use `spec` and `props`."


@dg.scaffold_with(ExampleScaffolder)
class Fivetran(FivetranAccountComponent, Block):
    """The tables that Fivetran lands, a step for each connection: it syncs, waits, and looks at what landed.

    Keys are flat, `schema/table` or `source/table`, so that dbt's sources and other assets name them as they are.
    The connections are asked of Fivetran by `dg utils refresh-defs-state`, in demo mode at each load.
    """

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
    tables: Annotated[Sequence[FivetranTable], _DESCRIBED(description="What is said of single tables.")] = ()
    setup_tests: Annotated[
        SetupTests | None, _DESCRIBED(description="A job that runs the connections' setup tests, and when.")
    ] = None
    translation: Annotated[TranslationFn[FivetranConnectorTableProps] | None, _Translation()] = None
    polling_sensor: Annotated[
        bool | None, plain("Whether a sensor tells of syncs that Fivetran started itself.", bool | None)
    ] = None
    include_metadata: Annotated[
        list[FivetranMetadataAddons],
        _DESCRIBED(description="`column_metadata` asks for each table's columns."),
    ] = []  # noqa: RUF012  pydantic copies it
    defs_state: ResolvedDefsStateConfig = DefsStateConfigArgs.local_filesystem()
    demo_mode: Annotated[
        bool, plain("Whether demo data and simulators stand in, as `DAGWAY_DEMO=1` does.", bool)
    ] = False
    demo_path: Annotated[
        str | None, text("Folder of the demo files, `<schema>/<table>.csv`, from the project's root.")
    ] = None

    @property
    def in_demo(self) -> bool:
        """Whether this component stays on this machine."""
        return self.demo_mode or is_demo()

    @property
    def workspace_resource(self) -> Workspace:
        return self.workspace.workspace()

    def get_asset_spec(self, props: FivetranConnectorTableProps) -> dg.AssetSpec:
        """The asset of a table, with a flat key. Made to be overridden."""
        schema, _, name = props.table.rpartition(".")
        base = (
            super().get_asset_spec(props).replace_attributes(key=dg.AssetKey([self.source or schema, name]))
        )
        return _with_attributes(base, self._attributes(props.table))

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
        service = demo.simulated(self._demo_folder(root))
        with service.demo() as address:
            account = replace(self.workspace, **service.credentials(), api_url=address, poll_interval=0.05)
            yield account.workspace()

    async def write_state_to_path(self, state_path: Path) -> None:
        if not self.in_demo:  # demo files are read at each load
            _write_state(self.workspace_resource, state_path)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        if not self.in_demo:
            return super().build_defs(context)
        with TemporaryDirectory() as folder, self.connected(context.project_root) as workspace:
            state_path = Path(folder) / "state"
            _write_state(workspace, state_path)
            return self.build_defs_from_state(context, state_path)

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
        steps = self._steps(context, dg.deserialize_value(state_path.read_text(), FivetranWorkspaceData))
        landings = [landing for step in steps for landing in step.landings]
        self._refuse_mistakes(landings)
        apart = [one for item in landings for one in check_definitions(item.checks, context.defs_module_name)]
        assets = [step.definition() for step in steps]
        return dg.Definitions.merge(
            *parts, dg.Definitions(assets=assets, asset_checks=apart, sensors=self._sensors())
        )

    def _steps(self, context: dg.ComponentLoadContext, state: FivetranWorkspaceData) -> list[ConnectionStep]:
        selected = state.to_workspace_data_selection(connector_selector_fn=self.is_selected)
        by_connection: dict[str, list[Landing]] = {}
        for props in selected.to_fivetran_connector_table_props_data():
            by_connection.setdefault(props.connector_id, []).append(self._landing(context, props))
        root, names = context.project_root, {one.id: one.name for one in selected.connectors_by_id.values()}
        land = self._land(root) if self.in_demo else None
        return [
            ConnectionStep(names[identity], landings, lambda step: self._synced(step, root), land)
            for identity, landings in by_connection.items()
        ]

    def _landing(self, context: dg.ComponentLoadContext, props: FivetranConnectorTableProps) -> Landing:
        spec = self.translator.get_asset_spec(props).merge_attributes(
            metadata={DAGSTER_FIVETRAN_TRANSLATOR_METADATA_KEY: self.translator}
        )
        attributes = self._attributes(props.table) or FivetranTable(name=props.table)
        table_checks = checks.read(tuple(spec.key.path), attributes.checks, context.path, attributes.dialect)
        return Landing(spec, props.table, attributes, table_checks)

    def _attributes(self, table: str) -> FivetranTable | None:
        names = (table, table.rpartition(".")[2])
        return next((one for one in self.tables if one.name in names), None)

    def _synced(self, context: dg.AssetExecutionContext, root: Path) -> Iterator[Any]:
        with self.connected(root) as workspace:
            yield from self.execute(context=context, fivetran=workspace)

    def _land(self, root: Path) -> Callable[[Session, Landing], None]:
        def land(session: Session, landing: Landing) -> None:
            schema, _, name = landing.place.rpartition(".")
            file = demo.tables(self._demo_folder(root) / schema)[name]
            types = duckdb_types(column_types(landing.attributes), landing.attributes.dialect)
            store(session, landing.place, read_file(str(file), types, None), None)

        return land

    def _demo_folder(self, root: Path) -> Path:
        if self.demo_path is None:
            raise DagwayError("Fivetran has no demo data.", "Set `demo_path` to a folder of files.")
        return root / self.demo_path

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

    def _refuse_mistakes(self, landings: Sequence[Landing]) -> None:
        """Two tables with one key, and attributes of a table that is not there."""
        places: dict[dg.AssetKey, str] = {}
        for landing in landings:
            other = places.setdefault(landing.spec.key, landing.place)
            if other != landing.place:
                raise DagwayError(
                    f"Fivetran lands {other} and {landing.place}, and both would be the asset "
                    f"{landing.spec.key.to_user_string()}.",
                    "Leave `source` out, exclude one of the connections, or tell them apart by `translation`.",
                )
        known = {name for place in places.values() for name in (place, place.rpartition(".")[2])}
        if unknown := [table.name for table in self.tables if table.name not in known]:
            raise DagwayError(
                f"Fivetran lands no table {', '.join(unknown)}.",
                f"It lands {', '.join(sorted(places.values()))}; correct `tables`.",
            )


def _write_state(workspace: Workspace, state_path: Path) -> None:
    """Ask the account what it holds, and keep that in a file.

    Raises:
        DagwayError: it holds nothing.
    """
    state = workspace.fetch_fivetran_workspace_data()
    if not state.connectors_by_id:
        raise DagwayError(
            f"Fivetran's account {workspace.account_id} shows no connection that is set up and has tables.",
            "Finish a connection in Fivetran, or give the API key access to its group.",
        )
    state_path.parent.mkdir(parents=True, exist_ok=True)
    state_path.write_text(dg.serialize_value(state), encoding="utf-8")


def _with_attributes(base: dg.AssetSpec, attributes: FivetranTable | None) -> dg.AssetSpec:
    """The asset with what YAML says of its table."""
    if attributes is None:
        return base
    if attributes.partitions or attributes.incremental:
        raise DagwayError(
            f"{attributes.name}: Fivetran lands whole tables.", "Leave `partitions` and `incremental` out."
        )
    own = asset_spec(tuple(base.key.path), attributes)
    merged = base.merge_attributes(metadata=own.metadata, tags=own.tags, owners=own.owners)
    said: dict[str, Any] = {
        "description": own.description,
        "automation_condition": own.automation_condition,
        "freshness_policy": own.freshness_policy,
        "group_name": attributes.group,
    }
    return merged.replace_attributes(**{name: value for name, value in said.items() if value is not None})


__all__ = ["Fivetran", "FivetranMetadataSet", "FivetranTable"]
