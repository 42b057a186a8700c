"""Demo mode of dlt: files for the source's data, the project's DuckDB warehouse for the destination."""

# dlt leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dagway.components.asset_spec import column_types
from dagway.components.attributes import Attributes
from dagway.components.reading import duckdb_types, file_of_table, read_file
from dagway.components.warehouse import DuckDBWarehouse, Warehouse
from dagway.errors import DagwayError

STATE = ".dagway/dlt"


def pipeline(real: Any, dataset: str, warehouse: Warehouse, root: Path) -> Any:
    """The same pipeline into the warehouse's DuckDB file.

    Raises:
        DagwayError: the warehouse is none.
    """
    import dlt

    if not isinstance(warehouse, DuckDBWarehouse):
        raise DagwayError(
            f"In demo mode dlt loads into a DuckDB file, and the warehouse is {type(warehouse).__name__}.",
            "Let the resource `warehouse` be a DuckDBWarehouse in demo mode.",
        )
    Path(warehouse.database).parent.mkdir(parents=True, exist_ok=True)
    return dlt.pipeline(
        pipeline_name=f"{real.pipeline_name}_demo",
        pipelines_dir=str(root / STATE),
        destination=dlt.destinations.duckdb(warehouse.database),
        dataset_name=dataset,
    )


def stand_in(
    source: Any, table: Callable[[Any], str], folder: Path, attributes: Mapping[str, Attributes]
) -> Any:
    """A source of the same resources, whose rows are those of `<folder>/<table>.csv`.

    Raises:
        DagwayError: a file is missing.
    """
    import dlt
    from dlt.extract.source import DltSource

    resources: list[Any] = []
    for resource in source.selected_resources.values():
        name = table(resource)
        file = str(file_of_table(folder, (name, resource.name)))
        written = attributes.get(name)
        types = duckdb_types(column_types(written), written.dialect) if written else {}
        hints = resource.compute_table_schema()
        disposition = hints.get("write_disposition", "append")
        resources.append(
            dlt.resource(
                _rows(file, types),
                name=resource.name,
                table_name=name,
                columns=hints.get("columns", {}),
                # Each demo run has all of the rows: appended, they would be there twice.
                write_disposition="replace" if disposition == "append" else disposition,
            )
        )
    return DltSource(source.schema.clone(), source.section, resources)


def _rows(file: str, types: Mapping[str, str]) -> Iterator[Any]:
    with read_file(file, types, None) as batches:
        for batch in batches:
            yield batch.to_pylist()
