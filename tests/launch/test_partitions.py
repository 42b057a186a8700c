from __future__ import annotations

from collections.abc import Sequence

import pytest

from dagway.errors import DagwayError
from dagway.launch.partitions import Slice, slices
from dagway.launch.request import Request

DAYS = [f"2024-01-{day:02}" for day in range(1, 11)]


def found(request: Request, keys: Sequence[str] | None = DAYS, most: int | None = 1) -> list[str]:
    return [str(one) for one in slices(request, "orders", keys, most)]


def test_one_partition_is_one_run() -> None:
    assert slices(Request("", partition="2024-01-03"), "orders", DAYS, None) == (
        Slice("2024-01-03", "2024-01-03"),
    )


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1, ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06"]),
        (2, ["2024-01-02...2024-01-03", "2024-01-04...2024-01-05", "2024-01-06"]),
        (None, ["2024-01-02...2024-01-06"]),
    ],
)
def test_a_range_is_shared_by_as_many_runs_as_the_policy_wants(most: int | None, expected: list[str]) -> None:
    assert found(Request("", partition_range=("2024-01-02", "2024-01-06")), most=most) == expected


def test_either_end_of_a_range_may_be_left_out() -> None:
    assert found(Request("", partition_range=("2024-01-09", ""))) == ["2024-01-09", "2024-01-10"]
    assert found(Request("", partition_range=("", "2024-01-02"))) == ["2024-01-01", "2024-01-02"]
    assert found(Request("", partition_range=("", "")), most=None) == ["2024-01-01...2024-01-10"]


def test_nothing_partitioned_has_no_slices() -> None:
    assert found(Request(""), keys=None) == []


@pytest.mark.parametrize(
    ("request_", "keys", "message"),
    [
        (
            Request("", partition="2024-01-99"),
            DAYS,
            "orders has no partition '2024-01-99'.\n  Nearest: 2024-01-09, 2024-01-10, 2024-01-08."
            " There are 10, from 2024-01-01 to 2024-01-10.",
        ),
        (
            Request(""),
            DAYS,
            "orders is partitioned, and no partition was named.\n  Write --partition '2024-01-10' for the last,"
            " or --partition-range '2024-01-01...2024-01-10' for all 10.",
        ),
        (
            Request("", partition="a"),
            None,
            "orders has no partitions.\n  Leave out --partition and --partition-range, or select others.",
        ),
        (
            Request("", partition_range=("2024-01-05", "2024-01-02")),
            DAYS,
            "The partition '2024-01-05' comes after '2024-01-02'.\n"
            "  Turn them round: --partition-range '2024-01-02...2024-01-05'.",
        ),
        (
            Request("", partition_range=("", "")),
            [],
            "orders has no partition yet.\n"
            "  Add one: its partitions are dynamic, or the first window has not closed.",
        ),
    ],
)
def test_a_partition_that_is_wrong_says_what_to_write(
    request_: Request, keys: Sequence[str] | None, message: str
) -> None:
    with pytest.raises(DagwayError) as error:
        slices(request_, "orders", keys, 1)
    assert str(error.value) == message


GRID = [f"{number}|{letter}" for number in "123" for letter in "xyz"]


def block(first: str, last: str, most: int | None) -> list[str]:
    request = Request("", partition_range=(first, last))
    return [str(one) for one in slices(request, "orders", GRID, most, dimensions=2)]


def test_a_range_of_two_dimensions_lies_between_its_ends_in_both() -> None:
    assert block("1|x", "2|y", 1) == ["1|x", "1|y", "2|x", "2|y"]
    assert block("1|x", "2|y", 2) == ["1|x", "1|y", "2|x", "2|y"]
    assert block("1|x", "2|y", None) == ["1|x...2|y"]
    assert block("", "", 1) == GRID


def test_the_ends_of_a_dimension_are_in_their_order() -> None:
    with pytest.raises(DagwayError, match=r"'y' comes after 'x'.\n  Turn them round: the order of each part"):
        block("1|y", "2|x", 1)
