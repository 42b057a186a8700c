"""Frames of Python assets in the warehouse, where Dagster has no I/O manager of its own."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from typing import Any

import dagster as dg

from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.python import from_arrow, to_arrow
from dagway.components.warehouse import Session, Warehouse
from dagway.errors import DagwayError
from dagway.sql.names import table_name


class WarehouseIOManager(dg.ConfigurableIOManager):
    """Stores pandas, polars and pyarrow tables as `group.name`, and loads them as the parameter's type says.

    A partitioned asset says in its metadata which column a partition's rows are known by: `partition_expr`.
    """

    warehouse: dg.ResourceDependency[Warehouse]

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        if obj is None:
            return
        _refuse_unknown_rows(context)
        table, found = table_name(tuple(context.asset_key.path)), to_arrow(obj)
        with self.warehouse.session() as session:
            where = _where(context, session, {field.name: str(field.type) for field in found.schema})
            session.replace(table, found.to_reader(), where)

    def load_input(self, context: dg.InputContext) -> Any:
        table = table_name(tuple(context.asset_key.path))
        with self.warehouse.session() as session:
            columns = session.columns(table)
            if not columns:
                raise DagwayError(f"The warehouse has no table {table}.", "Materialize its asset first.")
            where = _where(context, session, dict(columns))
            found = session.query(f"select * from {session.name(table)}{f' where {where}' if where else ''}")
        return from_arrow(found, context.dagster_type.typing_type)


def _refuse_unknown_rows(context: dg.OutputContext) -> None:
    """Without the column, a partition's rows would take the place of all others'."""
    if context.has_asset_partitions and context.definition_metadata.get("partition_expr") is None:
        raise DagwayError(
            f"{context.asset_key.to_user_string()} has partitions, and nothing says which rows belong to one:"
            " each would replace the whole table.",
            'Write `metadata={"partition_expr": "column"}` at the asset; the table is as it was.',
        )


def _where(
    context: dg.OutputContext | dg.InputContext, session: Session, types: dict[str, str]
) -> str | None:
    """The condition of the run's partitions; None for the whole table."""
    if not context.has_asset_partitions:
        return None
    metadata = context.definition_metadata if isinstance(context, dg.OutputContext) else _upstream(context)
    column = metadata.get("partition_expr")
    if column is None:
        return None
    if isinstance(context.asset_partitions_def, dg.TimeWindowPartitionsDefinition):
        window = context.asset_partitions_time_window
        part = Part(str(column), window=(window.start, window.end))
    else:
        part = Part(str(column), names=tuple(context.asset_partition_keys))
    return condition(part, kind_of_type(types.get(part.column, "")), session.quoted(part.column))


def _upstream(context: dg.InputContext) -> dict[str, Any]:
    output = context.upstream_output
    return dict(output.definition_metadata) if output is not None else {}
