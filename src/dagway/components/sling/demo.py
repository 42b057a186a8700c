"""Demo mode of Sling: the same program and the same streams, from files to files, with no connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dagway.components.reading import file_of_table
from dagway.components.sling.replication import Replication, Stream
from dagway.errors import DagwayError

ARRIVED = Path(".dagway/sling")
"""Where the files arrive, from the project's root: `<schema>/<table>.csv`."""
_READ = {".csv", ".jsonl", ".json"}
"""What Sling reads without a program that it would fetch."""
_KEPT = ("select", "columns", "transforms", "meta")
"""What of a stream makes sense for a file; what is about the database's tables does not."""


def from_files(replication: Replication, folder: Path, root: Path) -> Replication:
    """The replication with `<folder>/<schema>/<table>.csv` in place of each stream's table.

    Raises:
        DagwayError: a file is missing, or Sling cannot read it.
    """
    streams = [_from_file(stream, folder, root) for stream in replication.streams]
    config: dict[str, Any] = {
        "source": "LOCAL",
        "target": "LOCAL",
        "defaults": {**_kept(replication.config.get("defaults") or {}), "mode": "full-refresh"},
        "streams": {stream.name: stream.config for stream in streams},
    }
    return Replication(config, streams)


def _from_file(stream: Stream, folder: Path, root: Path) -> Stream:
    schema, _, table = stream.place.rpartition(".")
    file = file_of_table(folder / schema, (table,))
    if file.suffix not in _READ:
        raise DagwayError(
            f"In demo mode Sling cannot read {file.name}.", f"Make it one of {', '.join(sorted(_READ))}."
        )
    target = root / ARRIVED / schema / f"{table}.csv"
    config = {**_kept(stream.config), "object": f"file://{target}"}
    return replace(stream, name=f"file://{file}", config=config)


def _kept(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name in _KEPT}
