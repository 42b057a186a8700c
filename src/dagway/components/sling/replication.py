"""What a replication file of Sling says: its streams, and where each of them lands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dagway.errors import DagwayError

_BEGUN = re.compile(r"(?:Sling Replication \| .* \||running stream) (\S+)\s*$")
_NOTHING = "no data or records found in stream"


@dataclass(frozen=True)
class Stream:
    """One stream.

    Attributes:
        name: what Sling reads, such as `public.orders`.
        config: what the file says of it; the defaults are not among it.
        place: where it lands, `schema.table`.
    """

    name: str
    config: Mapping[str, Any]
    place: str

    def definition(self) -> dict[str, Any]:
        """The stream as Dagster's integration describes it."""
        return {"name": self.name, "config": dict(self.config)}


@dataclass(frozen=True)
class Replication:
    """A replication file, with the streams that are not disabled."""

    config: Mapping[str, Any]
    streams: Sequence[Stream]

    def left_out(self, printed: Iterable[str]) -> list[str]:
        """The streams of which Sling found no row and left the table as it was, though they are to be replaced.

        Args:
            printed: the lines that Sling printed.
        """
        found: list[str] = []
        current = ""
        for line in printed:
            if begun := _BEGUN.search(line):
                current = begun[1]
            elif _NOTHING in line and not self._goes_on(current):
                found.append(current)
        return found

    def _goes_on(self, name: str) -> bool:
        """Whether no row means that nothing is new."""
        modes = [str(one.config["mode"]) for one in self.streams if one.name == name and "mode" in one.config]
        defaults: Mapping[str, Any] = self.config.get("defaults") or {}
        return [*modes, defaults.get("mode")][0] in ("incremental", "backfill", "snapshot")


def read(path: Path) -> Replication:
    """The replication that a file describes.

    Raises:
        DagwayError: it is none, or does not say where each stream lands.
    """
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DagwayError(
            f"{path} cannot be read: {error.strerror}.", "Write Sling's replication there."
        ) from error
    except yaml.YAMLError as error:
        raise DagwayError(f"{path} is not valid YAML: {error}", "Mend the file.") from error
    config: dict[str, Any] = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    missing = [name for name in ("source", "target", "streams") if not config.get(name)]
    if missing:
        raise DagwayError(
            f"{path} has no {', '.join(missing)}.", "Write it as Sling's documentation describes it."
        )
    defaults: Mapping[str, Any] = config.get("defaults") or {}
    written: Mapping[str, Mapping[str, Any] | None] = config["streams"]
    streams = [
        Stream(name, own or {}, _place(path, name, {**defaults, **(own or {})}))
        for name, own in written.items()
        if not (own or {}).get("disabled")
    ]
    return Replication(config, streams)


def _place(path: Path, name: str, config: Mapping[str, Any]) -> str:
    """Where a stream lands, with Sling's variables replaced."""
    if "*" in name:
        raise DagwayError(
            f"{path}: the stream {name} stands for many, and which is not known here.", "Name each stream."
        )
    schema, _, table = name.rpartition(".")
    known = {"stream_schema": schema, "stream_table": table, "stream_name": name}
    place = re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], match[0]), str(config.get("object") or ""))
    place = place.replace('"', "")
    if not re.fullmatch(r"\w+\.\w+", place):
        raise DagwayError(
            f"{path}: {name} lands at {place or 'nothing'!r}, which is no `schema.table`.",
            "Write `object: schema.{stream_table}` in `defaults` or at the stream; use no other variables there.",
        )
    return place
