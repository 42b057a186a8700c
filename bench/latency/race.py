"""Rounds of one group of rows, peers in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from bench.latency.rows import Group, Limits
from bench.latency.workloads import Peer

OUT_OF_TIME = "not measured: the time for this row was over"


class Race:
    """Each peer once a round, in turn. A peer that fails is out, with the reason.

    Args:
        is_over: asked before each measurement; no other begins where it says so.

    Attributes:
        values: by row and peer, round by round.
        failed: reasons by peer.
    """

    def __init__(self, group: Group, limits: Limits, rounds: int, is_over: Callable[[], bool]) -> None:
        self._group, self._limits, self._is_over = group, limits, is_over
        self._rounds = min(rounds, group.most_rounds)
        self.values: dict[tuple[str, str], list[float]] = {}
        self.failed: dict[str, str] = {}

    def run(self, peers: Sequence[Peer]) -> None:
        """All rounds that there is time for, after one that does not count where the group has one."""
        for number in range(1 - self._group.warm_up, self._rounds + 1):
            for peer in peers:
                if peer.name not in self.failed and not self._is_over():
                    self._take_part(peer, number)
        measured = {peer for _, peer in self.values}
        for peer in peers:
            if peer.name not in measured and peer.name not in self.failed:
                self.failed[peer.name] = f"{', '.join(self._group.rows)} {OUT_OF_TIME}"

    def _take_part(self, peer: Peer, number: int) -> None:
        which = f"round {number} of {self._rounds}" if number else "warm-up"
        try:
            measured = self._group.measure(peer, self._limits)
        except (RuntimeError, OSError) as error:
            reason = f"{', '.join(self._group.rows)} failed: {' '.join(str(error).split())[:300]}"
            print(f"{peer.name}, {which}: {reason}", file=sys.stderr, flush=True)
            # What is too slow the first time may be quick enough once it is warm.
            if number:
                self.failed[peer.name] = reason
            return
        for row, value in measured.items():
            print(f"{row}, {peer.name}, {which}: {value:.2f}", flush=True)
            if number:
                self.values.setdefault((row, peer.name), []).append(value)
