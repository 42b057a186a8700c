"""What exports share: rows of one asset go out in a step of their own, and what was written is told."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from dagway.components import partitions
from dagway.components.asset_spec import key_of
from dagway.components.attributes import Attributes, Block, Demonstrable
from dagway.components.failures import clear_failures
from dagway.components.resolving import text
from dagway.components.translation import AssetProps, Translated
from dagway.components.warehouse import Session, Warehouse
from dagway.errors import DagwayError
from dagway.sql.names import table_name


@dataclass(frozen=True)
class Outgoing:
    """What is to leave: the warehouse table of the rows, and the project's root, which relative paths begin at."""

    table: str
    root: Path


@dataclass(kw_only=True)
class Export(Attributes, Translated, Demonstrable, Block, ABC):
    """Rows of an asset that leave the warehouse."""

    key: Annotated[str, text("The export's asset key, `exports/name`.")]
    asset: Annotated[str, text("The asset whose rows leave.")]

    @abstractmethod
    def execute(
        self, context: dg.AssetExecutionContext, session: Session, outgoing: Outgoing
    ) -> Mapping[str, Any]:
        """Write the rows, read back what arrived, and give the materialization's metadata. Made to be overridden."""

    @abstractmethod
    def default_kinds(self) -> Sequence[str]:
        """What the export is, in Dagster's kinds."""

    def resource_keys(self) -> frozenset[str]:
        """The resources that the export takes, besides the warehouse."""
        return frozenset()

    def refuse_partitions(self, partitions: dg.PartitionsDefinition[Any] | None) -> None:
        """See that the export can do what its partitions ask for.

        Raises:
            DagwayError: it cannot; most exports write all rows each time.
        """
        if partitions is not None or self.incremental is not None:
            raise DagwayError(
                f"{self.key} has partitions, and {type(self).__name__} writes all rows of {self.asset} each time.",
                "Leave `partitions` and `incremental` out.",
            )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        source, root = key_of(self.asset), context.project_root
        if self.checks:
            raise DagwayError(
                f"{self.key}: an export has no table here to check.",
                f"Leave `checks` out; check {self.asset} instead.",
            )
        spec = self.spec(AssetProps(key_of(self.key), self, tuple(self.default_kinds()), (source,)))
        self.refuse_partitions(spec.partitions_def)

        @dg.multi_asset(
            name="__".join(spec.key.path),
            specs=[spec],
            partitions_def=spec.partitions_def,
            backfill_policy=partitions.backfill_policy(spec.partitions_def),
            required_resource_keys={"warehouse", *self.resource_keys()},
        )
        def export(context: dg.AssetExecutionContext):
            warehouse: Warehouse = context.resources.warehouse
            with (
                clear_failures(self.key),
                warehouse.session() as session,
                clear_failures(self.key, session.errors),
            ):
                metadata = self.execute(context, session, Outgoing(table_name(source), root))
                return dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

        return dg.Definitions(assets=[export])
