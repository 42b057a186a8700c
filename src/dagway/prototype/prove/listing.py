"""What `dg list defs --json` said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from dagway.prototype.prove.model import Command


@dataclass(frozen=True)
class Listed:
    """The assets of the listing: key → the keys it depends on."""

    keys: Mapping[str, tuple[str, ...]]
    twice: tuple[str, ...] = ()

    @property
    def undefined(self) -> tuple[str, ...]:
        """Dependencies that are no asset of the listing."""
        return tuple(sorted({dep for deps in self.keys.values() for dep in deps} - self.keys.keys()))


def listed(command: Command | None) -> Listed | None:
    """The listing; None where the command did not run or printed no JSON. Log lines before it are passed over."""
    if command is None or not command.succeeded:
        return None
    start = command.output.find("{")
    try:
        found: Any = json.JSONDecoder().raw_decode(command.output[max(start, 0) :])[0]
    except ValueError:
        return None
    assets = _assets(found)
    counts = Counter(_name(asset) for asset in assets)
    return Listed(
        keys={_name(asset): tuple(_key(dep) for dep in _deps(asset)) for asset in assets},
        twice=tuple(sorted(key for key, count in counts.items() if count > 1)),
    )


def _assets(found: Any) -> list[Mapping[str, Any]]:
    if not isinstance(found, dict):
        return []
    return cast("list[Mapping[str, Any]]", cast("Mapping[str, Any]", found).get("assets") or [])


def _name(asset: Mapping[str, Any]) -> str:
    """The key; Dagster 1.12 calls it `key`, and the dependencies `deps`."""
    return _key(asset.get("asset_key") or asset["key"])


def _deps(asset: Mapping[str, Any]) -> list[Any]:
    return cast("list[Any]", asset.get("dependency_keys") or asset.get("deps") or [])


def _key(value: Any) -> str:
    return "/".join(str(part) for part in cast("list[Any]", value)) if isinstance(value, list) else str(value)
