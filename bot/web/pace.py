"""How fast a visitor may send: a bucket of messages that refills with time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from bot.web.context import Pace

_MOST_VISITORS: Final = 20_000


class Pacer:
    """Counts messages per visitor in memory; the longest silent visitors are forgotten first."""

    def __init__(self, pace: Pace) -> None:
        """Start with full buckets."""
        self._pace = pace
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_for(self, visitor: str, now: float) -> float:
        """Take one message out of a visitor's bucket.

        Returns 0, or the seconds to wait when the bucket is empty; then nothing is taken.
        """
        level, since = self._buckets.pop(visitor, (float(self._pace.burst), now))
        level = min(self._pace.burst, level + max(0.0, now - since) * self._pace.per_second)
        wait = 0.0 if level >= 1.0 else (1.0 - level) / self._pace.per_second
        self._buckets[visitor] = (level if wait else level - 1.0, now)
        if len(self._buckets) > _MOST_VISITORS:
            self._buckets.popitem(last=False)
        return wait
