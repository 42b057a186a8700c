"""The table's rows, and what is measured together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.latency.workloads import CHAIN_10, CHAIN_40, LARGE, ONE, SIDE_100, Peer

AT_ONCE = 10


@dataclass(frozen=True)
class Limits:
    """How far the row of many runs goes."""

    runs: int
    seconds: float


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    title: str
    unit: str
    goal: str
    more_is_better: bool = False


ROWS = {
    "first": Row("launch → first step", "s", "0.25 s"),
    "one": Row("one asset, launch → end", "s", "0.35 s"),
    "chain_10": Row("10 in a chain", "s", "1.2 s"),
    "chain_40": Row("40 in a chain", "s", "4 s, then 2 s"),
    "side_100": Row("100 side by side, 4 at a time", "s", "1.5 × the chain's cost per step ÷ 4"),
    "large": Row("project of 2,000 assets with dbt, launch → first step", "s", "0.4 s"),
    "memory": Row("memory of an idle step process (Pss, four at a time)", "MB", "25 MB"),
    "many": Row("runs of one asset, 10 at a time", "runs a minute", "20 × stock", more_is_better=True),
}


@dataclass(frozen=True)
class Group:
    """What one call measures of a peer, by row. What takes long is not repeated as often."""

    rows: Sequence[str]
    measure: Callable[[Peer, Limits], Mapping[str, float]]
    most_rounds: int = 9
    warm_up: bool = True


def _one(peer: Peer, _: Limits) -> Mapping[str, float]:
    timing = peer.run(ONE)
    return {"first": timing.first, "one": timing.end}


GROUPS = {
    "one": Group(["first", "one"], _one),
    "chain_10": Group(["chain_10"], lambda peer, _: {"chain_10": peer.run(CHAIN_10).end}, warm_up=False),
    "chain_40": Group(
        ["chain_40"], lambda peer, _: {"chain_40": peer.run(CHAIN_40).end}, most_rounds=3, warm_up=False
    ),
    "side_100": Group(
        ["side_100"], lambda peer, _: {"side_100": peer.run(SIDE_100).end}, most_rounds=1, warm_up=False
    ),
    "large": Group(["large"], lambda peer, _: {"large": peer.run(LARGE).first}),
    "memory": Group(["memory"], lambda peer, _: {"memory": peer.idle_memory()}, most_rounds=3, warm_up=False),
    "many": Group(
        ["many"],
        lambda peer, limits: {"many": peer.many(limits.runs, AT_ONCE, limits.seconds)},
        most_rounds=1,
        warm_up=False,
    ),
}
