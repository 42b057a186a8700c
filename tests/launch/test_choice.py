# pyright: reportUnknownMemberType=false
from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway._dagster.launching import Part, pointer_to
from dagway.errors import DagwayError
from dagway.launch.choice import choose, wishes
from dagway.launch.request import Request

DAYS = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-08")
BOTH = dg.MultiPartitionsDefinition({"day": DAYS, "shop": dg.StaticPartitionsDefinition(["a", "b"])})


def defined() -> dg.RepositoryDefinition:
    @dg.asset
    def plain() -> None: ...

    @dg.asset(partitions_def=DAYS)
    def daily() -> None: ...

    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.multi_run(3))
    def threes() -> None: ...

    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def whole() -> None: ...

    @dg.asset(partitions_def=BOTH)
    def both() -> None: ...

    @dg.op(config_schema={"day": str})
    def load() -> None: ...

    @dg.daily_partitioned_config(start_date="2024-01-01", end_offset=-1)
    def by_day(start: Any, _end: Any) -> dict[str, Any]:
        return {"ops": {"load": {"config": {"day": start.strftime("%Y-%m-%d")}}}}

    @dg.job(config=by_day)
    def of_ops() -> None:
        load()

    return dg.Definitions(
        assets=[plain, daily, threes, whole, both, dg.AssetSpec("outside")],
        jobs=[of_ops, dg.define_asset_job("nightly", selection=["plain", "daily"])],
    ).get_repository_def()


@pytest.fixture
def everything() -> Part:
    return Part(defined(), pointer_to("m", "f"), "shop", Path("/shop"), "")


def names(part: Part) -> list[str]:
    return sorted(key.to_user_string() for key in part.assets or ())


def labels(part: Part, request: Request) -> list[str]:
    with dg.DagsterInstance.ephemeral() as instance:
        return [wish.partition for wish in wishes(part, request, instance)]


def test_assets_are_chosen_without_those_that_nobody_computes_here(everything: Part) -> None:
    assert names(choose(everything, Request("", ("plain,outside",)))) == ["plain"]
    with pytest.raises(DagwayError, match="they are external"):
        choose(everything, Request("", ("outside",)))


def test_a_job_may_be_chosen_in_part(everything: Part) -> None:
    assert choose(everything, Request("", job="nightly")).assets is None
    assert names(choose(everything, Request("", ("daily",), job="nightly"))) == ["daily"]
    assert choose(everything, Request("", ("load",), job="of_ops")).ops == ("load",)
    for request, told in (
        (Request("", job="nightyl"), "Nearest: nightly"),
        (Request("", ("whole",), job="nightly"), "part of the job nightly"),
        (Request("", ("lod",), job="of_ops"), "Nearest: load"),
    ):
        with pytest.raises(DagwayError, match=told):
            choose(everything, request)


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("whole", ["2024-01-02...2024-01-06"]),
        ("threes", ["2024-01-02...2024-01-04", "2024-01-05...2024-01-06"]),
        ("whole,threes", ["2024-01-02...2024-01-04", "2024-01-05...2024-01-06"]),
        ("whole,plain", ["2024-01-02...2024-01-06"]),
        ("whole,daily", [f"2024-01-0{day}" for day in range(2, 7)]),
    ],
)
def test_the_backfill_policies_say_how_many_runs_a_range_takes(
    everything: Part, select: str, expected: list[str]
) -> None:
    request = Request("", (select,), partition_range=("2024-01-02", "2024-01-06"))
    assert labels(choose(everything, request), request) == expected


def test_partitions_of_two_dimensions_become_their_tags(everything: Part) -> None:
    request = Request("", ("both",), partition="2024-01-03|b", tags={"why": "x"})
    with dg.DagsterInstance.ephemeral() as instance:
        (wish,) = wishes(choose(everything, request), request, instance)
    assert wish.tags == {
        "dagster/partition": "2024-01-03|b",
        "dagster/partition/day": "2024-01-03",
        "dagster/partition/shop": "b",
        "why": "x",
    }


def test_a_range_of_two_dimensions_is_one_of_each(everything: Part) -> None:
    request = Request("", ("both",), partition_range=("2024-01-03|a", "2024-01-04|a"))
    assert labels(choose(everything, request), request) == ["2024-01-03|a", "2024-01-04|a"]


def test_different_partitions_are_no_one_run(everything: Part) -> None:
    request = Request("", ("daily,both",), partition="2024-01-03")
    with pytest.raises(DagwayError, match="both, daily are partitioned in different ways"):
        labels(choose(everything, request), request)


def test_a_job_of_ops_makes_its_configuration_of_the_partition(everything: Part) -> None:
    request = Request("", job="of_ops", partition="2024-01-03")
    with dg.DagsterInstance.ephemeral() as instance:
        (wish,) = wishes(choose(everything, request), request, instance)
    assert wish.config == {"ops": {"load": {"config": {"day": "2024-01-03"}}}}
    assert wish.tags["dagster/partition"] == "2024-01-03"
