"""What reverse ETL services share: a sync of theirs is an asset that stands on a model, and is run by their API."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import dagster as dg

from dagway.components.asked import Asked
from dagway.components.asset_spec import key_of
from dagway.components.attributes import Attributes, Block, Demonstrable
from dagway.components.failures import clear_failures
from dagway.components.resolving import plain, text
from dagway.components.translation import AssetProps, Translated
from dagway.components.vendor_api import Vendor
from dagway.components.warehouse import Warehouse
from dagway.errors import DagwayError
from dagway.simulators.service import Service
from dagway.sql.names import table_name


@dataclass(frozen=True)
class Access:
    """Where a service answers, and what it is asked with.

    Attributes:
        poll_interval: seconds between two looks at a run.
    """

    url: str
    api_key: str
    vendor: Vendor
    poll_interval: float


@dataclass(kw_only=True)
class ReverseSync(Asked, Attributes, Translated, Demonstrable, Block, ABC):
    """A sync that a service runs: it reads a model from the warehouse and writes it into an application."""

    title: ClassVar[str]
    api: ClassVar[str]

    key: Annotated[str, text("The sync's asset key, `exports/name`.")]
    model: Annotated[
        str,
        text(
            "The asset whose rows leave, as it is called: of dbt, `customer_lifetime_value` or `marts/name`."
        ),
    ]
    sync_id: Annotated[str, text("The sync's id at the service.")]
    api_key: Annotated[str | None, text("The service's API key, from `{{ env.… }}`.")] = None
    api_url: Annotated[str | None, text("The API's address, if it is not the service's own.")] = None
    fail_on_rejected_rows: Annotated[
        bool, plain("Whether rows that the application does not take fail the step.", bool)
    ] = True
    poll_interval: Annotated[float, plain("Seconds between two looks at a run.", float | str)] = 5.0
    sync_timeout: Annotated[
        float, plain("Seconds after which a run is no longer waited for.", float | str)
    ] = 6 * 3600.0
    table: Annotated[
        str | None,
        text("The model's table, `schema.name`, if it is not called like its key; demo mode counts it."),
    ] = None

    @abstractmethod
    def execute(self, context: dg.AssetExecutionContext, access: Access) -> Mapping[str, Any]:
        """Run the sync, wait for its end and give the materialization's metadata. Made to be overridden.

        Of it, `rows` (found in the model), `rejected` (of these) and `destination` also become Dagster's row count and
        the asset's `location`.
        """

    @abstractmethod
    def simulated(self, rows: int) -> Service:
        """The service in demo mode: its sync finds that many rows."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        if self.partitions or self.incremental or self.checks:
            raise DagwayError(
                f"{self.key}: a sync of {self.title} has no table here.",
                "Leave `partitions`, `incremental` and `checks` out; check the model instead.",
            )
        spec = self.spec(AssetProps(key_of(self.key), self, (self.title.lower(),), (key_of(self.model),)))

        @dg.multi_asset(
            name="__".join(spec.key.path),
            specs=[spec],
            required_resource_keys={"warehouse"} if self.in_demo else set[str](),
        )
        def sync(context: dg.AssetExecutionContext):
            with clear_failures(self.key), self._access(context) as access:
                metadata = self.execute(context, access)
            return dg.MaterializeResult(asset_key=spec.key, metadata=self._told(metadata))

        return dg.Definitions(assets=[sync])

    def _told(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """With what every asset tells: how many rows it has, here those that the application took, and where."""
        taken = int(metadata.get("rows") or 0) - int(metadata.get("rejected") or 0)
        where = f"sync {self.sync_id} of {self.title}"
        if destination := metadata.get("destination"):
            where += f" to {destination}"
        return {"dagster/row_count": taken, "location": where, **metadata}

    @contextmanager
    def _access(self, context: dg.AssetExecutionContext) -> Generator[Access]:
        """The service's address and key; in demo mode, those of the simulator."""
        vendor = self.vendor(self.title, f"the api_key of {self.key}")
        if not self.in_demo:
            if not self.api_key:
                raise DagwayError(
                    f"{self.title}'s api_key is empty.", "Set the variable that it names, or demo_mode: true."
                )
            yield Access(self.api_url or self.api, self.api_key, vendor, float(self.poll_interval))
            return
        service = self.simulated(self._rows(context.resources.warehouse))
        with service.demo() as url:
            yield Access(url, service.credentials()["api_key"], vendor, 0.02)

    def _rows(self, warehouse: Warehouse) -> int:
        """How many rows would leave: those of the model's table."""
        table = self.table or table_name(key_of(self.model))
        with warehouse.session() as session, clear_failures(self.key, session.errors):
            if not session.exists(table):
                raise DagwayError(
                    f"The warehouse has no table {table} for {self.title} to read.",
                    f"Materialize {self.model} first, or name its table by `table`.",
                )
            return int(session.scalar(f"select count(*) from {session.name(table)}"))
