"""Whether a table of the warehouse has as many rows as the one that it was loaded from."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import dagster as dg

from dagway.components.asset_spec import key_of
from dagway.components.attributes import Block, Demonstrable
from dagway.components.failures import clear_failures
from dagway.components.resolving import plain, text
from dagway.components.warehouse import Warehouse
from dagway.errors import DagwayError
from dagway.sql.names import table_name

NAME = "row_count_reconciliation"


@dataclass(kw_only=True)
class RowCountReconciliation(Demonstrable, Block, dg.Resolvable):
    """A check of an asset: its table has as many rows as the table of the database that it comes from.

    Rows that the source deleted, that a cursor missed or that were loaded twice show as a difference. Demo mode has no
    database to ask, so the check passes there and says that nothing was compared.
    """

    asset: Annotated[str, text("The asset whose table is counted, `source/table`.")]
    database: Annotated[
        str | None, text("The resource key of the database; the asset's first key segment if left out.")
    ] = None
    table: Annotated[
        str | None, text("The table of the database, `schema.table` if needed; the asset's name if left out.")
    ] = None
    tolerance: Annotated[
        str, text("How far the counts may differ: rows, `10`, or a share of the database's, `0.5%`.")
    ] = "0"
    severity: Annotated[
        Literal["warn", "error"],
        plain("How much a difference matters.", Literal["warn", "error"]),
    ] = "error"

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        allowed(self.tolerance, 0)
        database = self.database or key_of(self.asset)[0]
        resources = {"warehouse"} if self.in_demo else {"warehouse", database}

        @dg.asset_check(
            asset=dg.AssetKey(key_of(self.asset)),
            name=NAME,
            description=f"As many rows as {self._table} of {database}, but for {self.tolerance}.",
            required_resource_keys=resources,
        )
        def reconciliation(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
            resources: Any = context.resources
            if self.in_demo:
                return dg.AssetCheckResult(passed=True, description="Demo mode: there is no database to ask.")
            with clear_failures(self.asset):
                return self._result(
                    count_rows(resources.warehouse, key_of(self.asset)),
                    getattr(resources, database).count(self._table),
                )

        return dg.Definitions(asset_checks=[reconciliation])

    @property
    def _table(self) -> str:
        return self.table or key_of(self.asset)[-1]

    def _result(self, here: int, there: int) -> dg.AssetCheckResult:
        passed = abs(here - there) <= allowed(self.tolerance, there)
        warn = self.severity == "warn"
        return dg.AssetCheckResult(
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
            metadata={"warehouse_rows": here, "database_rows": there, "difference": here - there},
            description=None if passed else f"{here:,} rows in the warehouse, {there:,} in the database.",
        )


def allowed(tolerance: str, rows: float) -> float:
    """The difference that is no violation, in rows.

    Raises:
        DagwayError: it is neither a number nor a share.
    """
    number, percent = tolerance.strip().removesuffix("%"), tolerance.strip().endswith("%")
    try:
        value = float(number)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise DagwayError(f"tolerance: {tolerance!r} is neither rows nor a share.", "Write 10 or 0.5%.")
    return rows * value / 100 if percent else value


def count_rows(warehouse: Warehouse, key: tuple[str, ...]) -> int:
    """How many rows an asset's table has.

    Raises:
        dg.Failure: there is no such table, or the warehouse refuses.
    """
    asset, table = "/".join(key), table_name(key)
    with clear_failures(asset), warehouse.session() as session, clear_failures(asset, session.errors):
        if not session.exists(table):
            raise DagwayError(f"The warehouse has no table {table}.", f"Materialize {asset} first.")
        return int(session.scalar(f"select count(*) from {session.name(table)}"))
