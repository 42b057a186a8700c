"""How often each asset is materialized once the project is deployed: from schedules, conditions and sensors. Pure."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise

from dagway._dagster.ticks import last_tick, ticks
from dagway.prototype.model import AssetKey, Plan, PlannedAsset, PlannedSensor, slash
from dagway.prototype.prove.model import Rhythm
from dagway.prototype.prove.numbers import age, some

#: A year and the change of a clock: every rhythm of a cron shows in it.
HORIZON = timedelta(days=400)
MOST_TICKS = 1500
_FEWEST_TICKS = 3
_ON_CRON = re.compile(r"on_cron\('([^']*)'\)")
_FOLLOWS = "it follows its data; "
_HELD_UP = "its condition waits for its data; "
_WAITS = Rhythm("never", "it waits for itself")
_NOTHING = "nothing runs it by itself: add it to a schedule's selection, or write `automation: eager`"

#: What clocks tick by: the crons and the time zone of each.
_Ticks = frozenset[tuple[tuple[str, ...], str]]


@dataclass(frozen=True)
class Clock:
    """A schedule of the loaded project, or the cron of a condition.

    Attributes:
        targets: keys of assets.
        seconds: of a run, as measured.
    """

    name: str
    crons: tuple[str, ...]
    timezone: str
    targets: frozenset[str] = frozenset()
    seconds: float = 0.0


@dataclass
class Rhythms:
    """The rhythm of each asset of a plan.

    Attributes:
        seconds: of each asset's own step, by key.
    """

    plan: Plan
    clocks: Sequence[Clock]
    seconds: Mapping[str, float]
    now: datetime
    _found: dict[AssetKey, Rhythm] = field(default_factory=dict[AssetKey, Rhythm])
    _gaps: dict[_Ticks, float] = field(default_factory=dict[_Ticks, float])

    def __post_init__(self) -> None:
        self._planned = {asset.key: asset for asset in self.plan.assets}
        self._sensors: dict[AssetKey, list[PlannedSensor]] = {}
        for sensor in self.plan.sensors:
            for key in sensor.targets:
                self._sensors.setdefault(key, []).append(sensor)

    def of(self, key: AssetKey) -> Rhythm:
        """What is known of one asset; what it follows is found before it, however long that chain is."""
        if key in self._found:
            return self._found[key]
        order = list(self._upstream_first(key))
        self._found |= dict.fromkeys(order, _WAITS)
        for one in order:
            self._found[one] = self._often(one)
        while sum(self._is_shorter(one) for one in order):  # a sensor may close a circle
            pass
        return self._found[key]

    def _upstream_first(self, key: AssetKey) -> Iterator[AssetKey]:
        """The asset and what it follows, those left out that are known."""
        begun, done, waiting = set[AssetKey](), set[AssetKey](), [key]
        while waiting:
            last = waiting[-1]
            if last not in begun:
                begun.add(last)
                waiting += [key for key in self._followed(last) if not (key in begun or key in self._found)]
            elif waiting.pop() not in done:
                done.add(last)
                yield last

    def _often(self, key: AssetKey) -> Rhythm:
        """What runs it most often, by what is found of the assets that it follows."""
        return _shortest([*self._triggers(key), Rhythm("never", _NOTHING)])

    def _is_shorter(self, key: AssetKey) -> bool:
        """Whether more is known of it than when it was found; that is noted."""
        now = self._often(key)
        if _length(now) >= _length(self._found[key]):
            return False
        self._found[key] = now
        return True

    def _followed(self, key: AssetKey) -> Iterator[AssetKey]:
        """The assets on whose rhythm that of this one may depend."""
        planned = self._planned.get(key)
        if planned and planned.automation.kind == "condition":
            yield from planned.deps
        yield from (_watched(sensor) for sensor in self._sensors.get(key, ()) if sensor.kind == "asset")

    def _triggers(self, key: AssetKey) -> Iterator[Rhythm]:
        clocks = [clock for clock in self.clocks if slash(key) in clock.targets]
        if clocks:
            yield self._timed(clocks)
        planned = self._planned.get(key)
        if planned and planned.automation.kind == "condition":
            yield self._condition(planned)
        yield from (self._sensor(sensor) for sensor in self._sensors.get(key, ()))

    def _condition(self, planned: PlannedAsset) -> Rhythm:
        upstream = [self._found[key] for key in planned.deps]
        own = self.seconds.get(slash(planned.key), 0.0)
        if planned.automation.what.strip() == "eager":
            nothing = Rhythm("never", "nothing that it follows runs by itself")
            follows = _shortest([nothing, *upstream])
            said = _FOLLOWS + follows.said.removeprefix(_FOLLOWS)
            return replace(follows, said=said, run=follows.run + own)
        cron = _ON_CRON.fullmatch(planned.automation.what.strip())
        if cron is None:
            said = f"nothing says how often its condition, {planned.automation.what}, holds"
            return Rhythm("open", said)
        clock = Clock("its condition", (cron[1],), self.plan.timezone, seconds=own)
        longest = max(upstream, key=_length, default=None)
        timed = self._timed([clock])
        if longest is None or _length(longest) <= _length(timed):
            return timed
        return replace(longest, said=_HELD_UP + longest.said.removeprefix(_HELD_UP))

    def _sensor(self, sensor: PlannedSensor) -> Rhythm:
        if sensor.kind == "asset":
            follows = self._found[_watched(sensor)]
            return replace(follows, said=f"{sensor.name} follows {sensor.what}; {follows.said}")
        return Rhythm("open", f"nothing says how often {sensor.name} has something to do")

    def _timed(self, clocks: Sequence[Clock]) -> Rhythm:
        ticking = frozenset((clock.crons, clock.timezone) for clock in clocks)
        if ticking not in self._gaps:  # a year of ticks: not for each of a thousand assets anew
            self._gaps[ticking] = longest_gap(clocks, self.now)
        gap = self._gaps[ticking]
        verb = "runs" if len(clocks) == 1 else "run"
        names = some(clock.name for clock in clocks)
        return Rhythm(
            "timed", f"{names} {verb} it at least every {age(gap)}", gap, max(c.seconds for c in clocks)
        )


def _watched(sensor: PlannedSensor) -> AssetKey:
    """The asset that a sensor of the kind `asset` waits for."""
    return tuple(sensor.what.split("/"))


def _shortest(found: Sequence[Rhythm]) -> Rhythm:
    """The trigger that runs it most often; what is not known comes after each that is."""
    return min(found, key=_length)


def _length(rhythm: Rhythm) -> tuple[int, float]:
    kinds = ("timed", "open", "never")
    return kinds.index(rhythm.kind), rhythm.gap + rhythm.run if rhythm.kind == "timed" else 0.0


def longest_gap(clocks: Sequence[Clock], now: datetime) -> float:
    """The most seconds from one tick of the clocks to the next."""
    found = list(islice(_merged(clocks, now), _FEWEST_TICKS))
    rest = islice(_merged(clocks, found[-1]), MOST_TICKS)
    for tick in rest:
        found.append(tick)
        if tick > now + HORIZON:
            break
    gaps = [_between(*pair) for pair in pairwise(found)]
    if found[-1] < now + HORIZON and not all(map(_is_daily, clocks)):
        gaps += _gaps_of_days(clocks, found[-1], now + HORIZON)
    return max(gaps)


def _gaps_of_days(clocks: Sequence[Clock], start: datetime, end: datetime) -> Iterator[float]:
    """The gaps of more than a day: of crons that tick often, but not on each day or in each month."""
    moment = start
    while moment < end:
        following = next(_merged(clocks, moment))
        if following - moment > timedelta(days=1):
            before = max(last_tick(cron, one.timezone, moment) for one in clocks for cron in one.crons)
            yield _between(before, following)
        moment = max(following, moment + timedelta(days=1))


def _is_daily(clock: Clock) -> bool:
    return all(cron.split()[2:] == ["*", "*", "*"] for cron in clock.crons)


def _merged(clocks: Sequence[Clock], after: datetime) -> Iterator[datetime]:
    return heapq.merge(*(ticks(clock.crons, clock.timezone, after) for clock in clocks))


def _between(tick: datetime, following: datetime) -> float:
    return following.timestamp() - tick.timestamp()
