"""Own lines that make definitions are noted, and Dagster is left as it was."""

from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dagway._dagster.creation import noting_creations

HERE = Path(__file__)
define_asset_job = cast("Any", dg.define_asset_job)
derive = cast("Any", dg.AssetSpec.replace_attributes)


def is_here(file: str) -> bool:
    return file == __file__


def line_of(text: str) -> int:
    (number,) = (
        number for number, line in enumerate(HERE.read_text().splitlines(), 1) if line.strip() == text
    )
    return number


def test_the_line_of_each_kind() -> None:
    with noting_creations(is_here) as creations:
        dg.AssetSpec("declared")
        dg.SourceAsset("source")
        dg.AssetCheckSpec("fresh", asset="declared")
        define_asset_job("nightly")
        dg.ScheduleDefinition(name="daily", cron_schedule="@daily", job_name="nightly")
        dg.AutomationConditionSensorDefinition("conditions", target="*")
    declared = dg.AssetKey("declared")
    assert creations.of("asset", declared) == (HERE, line_of('dg.AssetSpec("declared")'))
    assert creations.of("asset", dg.AssetKey("source")) == (HERE, line_of('dg.SourceAsset("source")'))
    check = dg.AssetCheckKey(declared, "fresh")
    assert creations.of("check", check) == (HERE, line_of('dg.AssetCheckSpec("fresh", asset="declared")'))
    assert creations.of("job", "nightly") == (HERE, line_of('define_asset_job("nightly")'))
    schedule = 'dg.ScheduleDefinition(name="daily", cron_schedule="@daily", job_name="nightly")'
    assert creations.of("schedule", "daily") == (HERE, line_of(schedule))
    sensor = 'dg.AutomationConditionSensorDefinition("conditions", target="*")'
    assert creations.of("sensor", "conditions") == (HERE, line_of(sensor))


def test_what_dagster_derives_comes_after_the_first() -> None:
    with noting_creations(is_here) as creations:
        spec = dg.AssetSpec("derived")
        derive(spec, group_name="sales")
    written = (HERE, line_of('spec = dg.AssetSpec("derived")'))
    assert creations.of("asset", dg.AssetKey("derived")) == written
    assert creations.written("asset", dg.AssetKey("derived")) == (written,)


def test_a_decorator_writes_a_definition() -> None:
    with noting_creations(is_here) as creations:

        @dg.asset
        def decorated() -> None: ...

        dg.Definitions([decorated]).resolve_all_asset_specs()
    assert creations.written("asset", dg.AssetKey("decorated")) == ((HERE, line_of("@dg.asset")),)


def test_defining_an_asset_job_writes_it() -> None:
    with noting_creations(is_here) as creations:
        define_asset_job("twice")
        define_asset_job("twice", selection="other")
    first, second = 'define_asset_job("twice")', 'define_asset_job("twice", selection="other")'
    assert creations.written("job", "twice") == ((HERE, line_of(first)), (HERE, line_of(second)))


def test_nothing_is_noted_of_others() -> None:
    with noting_creations(lambda file: False) as creations:
        dg.AssetSpec("theirs")
    assert creations.of("asset", dg.AssetKey("theirs")) is None


@pytest.mark.parametrize(
    ("owner", "constructor"),
    [
        (dg.AssetSpec, "__new__"),
        (dg.SourceAsset, "__init__"),
        (dg.AssetCheckSpec, "__new__"),
        (UnresolvedAssetJobDefinition, "__new__"),
        (dg.JobDefinition, "__init__"),
        (dg.ScheduleDefinition, "__init__"),
        (dg.SensorDefinition, "__init__"),
    ],
)
def test_dagster_is_left_as_it_was(owner: type, constructor: str) -> None:
    """Also names which constructor has moved in a new release."""
    before = owner.__dict__.get(constructor)
    with noting_creations(is_here):
        assert owner.__dict__.get(constructor) is not before
    assert owner.__dict__.get(constructor) is before
