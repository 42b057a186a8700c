"""What commands share: values as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from dagway.cli._output import json_text


@dataclass(frozen=True)
class Asset:
    key: tuple[str, ...]
    path: Path


class Drawn:
    def to_json(self) -> dict[str, Any]:
        return {"nodes": (Asset(("a", "b"), Path("x/y")),)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Asset(("a", "b"), Path("x/y")), {"key": ["a", "b"], "path": "x/y"}),
        (Drawn(), {"nodes": [{"key": ["a", "b"], "path": "x/y"}]}),
        (MappingProxyType({1: {"a": None}}), {"1": {"a": None}}),
        (frozenset({"b", "a"}), ["a", "b"]),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        ([True, 0, 1.5, ""], [True, 0, 1.5, ""]),
    ],
)
def test_values_as_json(value: Any, expected: Any) -> None:
    assert json.loads(json_text(value)) == expected


def test_a_value_of_unknown_shape_is_a_defect() -> None:
    with pytest.raises(TypeError, match="no JSON shape for object"):
        json_text({"inner": object()})
