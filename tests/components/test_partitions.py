"""Partitions from attributes, and the rows of a part."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from dagway.components.partitions import Part, condition, definition, kind_of_type
from dagway.errors import DagwayError

pytestmark = pytest.mark.unit
BERLIN = ZoneInfo("Europe/Berlin")
DAY = Part("day", window=(datetime(2024, 1, 2, tzinfo=BERLIN), datetime(2024, 1, 3, tzinfo=BERLIN)))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"daily": "2024-01-01"}, dg.DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")),
        (
            {"hourly": "2024-01-01"},
            dg.HourlyPartitionsDefinition("2024-01-01-00:00", timezone="Europe/Berlin"),
        ),
        (
            {"weekly": "2024-01-01", "end": "2024-02-01"},
            dg.WeeklyPartitionsDefinition("2024-01-01", "2024-02-01", timezone="Europe/Berlin", day_offset=1),
        ),
        ({"monthly": "2024-01-01"}, dg.MonthlyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")),
        ({"static": ["a", "b"]}, dg.StaticPartitionsDefinition(["a", "b"])),
        ({"dynamic": "shops"}, dg.DynamicPartitionsDefinition(name="shops")),
    ],
)
def test_each_kind_is_dagsters(attributes: dict[str, Any], expected: dg.PartitionsDefinition[str]) -> None:
    found = definition(attributes, "Europe/Berlin")
    assert found is not None
    assert type(found) is type(expected)
    if isinstance(found, dg.TimeWindowPartitionsDefinition):
        now = datetime(2024, 3, 1, tzinfo=BERLIN)
        assert list(found.get_partition_keys(now)) == list(expected.get_partition_keys(now))


@pytest.mark.parametrize(
    "attributes", [{"daily": "soon"}, {"end": "2024-01-01"}, {"daily": "2024-01-01", "static": ["a"]}]
)
def test_what_is_no_partition_is_named(attributes: dict[str, Any]) -> None:
    with pytest.raises(DagwayError, match="partitions"):
        definition(attributes, "UTC")


def test_a_window_is_asked_as_the_column_is() -> None:
    assert condition(DAY, "naive", '"day"') == (
        "\"day\" >= timestamp '2024-01-02 00:00:00' and \"day\" < timestamp '2024-01-03 00:00:00'"
    )
    assert "2024-01-02 00:00:00+01:00" in condition(DAY, "aware", '"day"')
    assert condition(DAY, "text", '"day"').startswith('cast("day" as timestamp)')
    assert condition(Part("c", names=("a'b",)), "text", '"c"') == "cast(\"c\" as varchar) in ('a''b')"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TIMESTAMP WITH TIME ZONE", "aware"),
        ("timestamptz", "aware"),
        ("timestamp[us, tz=UTC]", "aware"),
        ("character varying", "text"),
        ("string", "text"),
        ("DATE", "naive"),
        ("timestamp without time zone", "naive"),
    ],
)
def test_a_types_name_tells_its_kind(name: str, kind: str) -> None:
    assert kind_of_type(name) == kind


@pytest.mark.parametrize(
    ("attributes", "first"),
    [
        ({"weekly": "2024-01-01"}, "2024-01-01"),
        ({"weekly": "2024-01-07"}, "2024-01-07"),
        ({"monthly": "2024-01-15"}, "2024-01-15"),
        ({"hourly": "2024-01-01-00:30"}, "2024-01-01-00:30"),
    ],
)
def test_the_first_part_begins_where_it_is_written(attributes: dict[str, Any], first: str) -> None:
    found = definition(attributes, "Europe/Berlin")
    assert found is not None
    assert found.get_partition_keys()[0] == first


def test_a_day_that_some_months_lack_is_refused() -> None:
    with pytest.raises(DagwayError, match="day 31"):
        definition({"monthly": "2024-01-31"}, "UTC")
