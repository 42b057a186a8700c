"""Checks of an asset that another definition builds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import dagster as dg
from pydantic import Field

from dagway.components.asset_spec import key_of
from dagway.components.attributes import Block, Checks
from dagway.components.checks.apart import check_definitions
from dagway.components.checks.drift import drift_check
from dagway.components.checks.run import TableChecks, answer, read
from dagway.components.failures import clear_failures
from dagway.components.resolving import plain, text
from dagway.components.warehouse import Warehouse
from dagway.errors import DagwayError
from dagway.sql.names import table_name


class DriftAttributes(dg.Model):
    """The mean number of rows of earlier materializations, and how far from it the table may be."""

    within: str = Field(description="The largest difference, a share of the mean, `20%`, or rows, `100`.")
    runs: int = Field(default=7, description="How many earlier materializations are looked at.", ge=1)
    severity: Literal["warn", "error"] = Field(default="warn", description="`warn` or `error`.")


@dataclass(kw_only=True)
class DataChecks(Block, dg.Resolvable):
    """Checks of the table of a Python asset, in one step of their own after the asset's."""

    asset: Annotated[str, text("The asset whose table is checked.")]
    checks: Checks = ()
    row_count_drift: Annotated[
        Mapping[str, Any] | None,
        plain("How far the number of rows may be from the earlier ones.", DriftAttributes),
    ] = None
    dialect: Annotated[str | None, text("The dialect of `sql` checks; the warehouse's if left out.")] = None

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        table_checks = read(key_of(self.asset), self.checks, context.path, self.dialect)
        apart = check_definitions(table_checks, context.defs_module_name)
        drift = [drift_check(key_of(self.asset), self.row_count_drift)] if self.row_count_drift else []
        return dg.Definitions(asset_checks=[*self._together(table_checks), *apart, *drift])

    def _together(self, table_checks: TableChecks) -> list[dg.AssetChecksDefinition]:
        if not table_checks.in_step:
            return []
        name = f"{'__'.join(table_checks.key)}__checks"

        @dg.multi_asset_check(name=name, specs=table_checks.specs(), required_resource_keys={"warehouse"})
        def answers(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
            yield from self._answers(context.resources.warehouse, table_checks)

        return [answers]

    def _answers(self, warehouse: Warehouse, table_checks: TableChecks) -> list[dg.AssetCheckResult]:
        table = table_name(table_checks.key)
        with (
            clear_failures(self.asset),
            warehouse.session() as session,
            clear_failures(self.asset, session.errors),
        ):
            columns = session.columns(table)
            if not columns:
                raise DagwayError(f"The warehouse has no table {table}.", f"Materialize {self.asset} first.")
            return answer(session, table, table_checks, columns)[1]
