"""How long to wait before a service is started again, and when that is a crash loop. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Seconds before the first start anew, and at most.
FIRST, LONGEST = 0.25, 30.0
#: A service that has worked for so many seconds begins anew.
STEADY = 60.0
#: Ends in a row, none of them after a steady time, that make a crash loop.
LOOP = 5


@dataclass(frozen=True)
class Backoff:
    """The ends of a service so far.

    Attributes:
        ends: in a row, none of them after a steady time.
        due: when it is to be started again: seconds of a clock that does not jump.
    """

    ends: int = 0
    due: float = 0.0

    def after(self, lived: float, now: float) -> Backoff:
        """Once it has ended again, after it had lived for so many seconds."""
        ends = 1 if lived >= STEADY else self.ends + 1
        return replace(self, ends=ends, due=now + min(FIRST * 2 ** (ends - 1), LONGEST))

    @property
    def is_loop(self) -> bool:
        """Whether it ends again and again."""
        return self.ends >= LOOP
