"""A source that has nothing more: dlt would empty the table that it replaces, and call that a success."""

# dlt leaves parts of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from dagway.errors import DagwayError


@contextmanager
def refusing_empty(pipeline: Any) -> Generator[None]:
    """Within, a run of the pipeline ends after the extraction if a resource that replaces its table gave no row.

    Raises:
        DagwayError: that is so; the tables are as they were.
    """
    extract = pipeline.extract

    def careful(data: Any, **settings: Any) -> Any:
        info = extract(data, **settings)
        if names := _without_rows(data, info, settings.get("write_disposition")):
            pipeline.abort_packages()
            raise DagwayError(
                f"dlt's pipeline {pipeline.pipeline_name} extracted no row of {', '.join(names)}; the tables are as they were.",
                "See what became of the source; if it may be empty, set `allow_empty: true`.",
            )
        return info

    # dlt has no hook between the extraction and the load; its own `run` calls what stands here.
    pipeline.extract = careful
    try:
        yield
    finally:
        del pipeline.extract


def _without_rows(source: Any, info: Any, disposition: Any) -> list[str]:
    counts: dict[str, int] = {}
    for packages in info.metrics.values():
        for package in packages:
            for name, found in package["resource_metrics"].items():
                counts[name] = counts.get(name, 0) + found.items_count
    return [
        name
        for name, resource in source.selected_resources.items()
        if _kind(disposition or resource.write_disposition) == "replace" and not counts.get(name)
    ]


def _kind(disposition: Any) -> Any:
    return disposition.get("disposition") if isinstance(disposition, Mapping) else disposition
