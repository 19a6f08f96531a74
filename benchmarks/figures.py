"""What is made of measured values: medians, percentiles, spreads, ratios. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Spread:
    """A median with the lowest and the highest of what it is the median of."""

    median: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return it as plain values."""
        return {"median": self.median, "low": self.low, "high": self.high}


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the range of values."""
    return Spread(median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return ours as a multiple of theirs, block by block."""
    return spread([mine / other for mine, other in zip(ours, theirs, strict=True)])


def latencies(blocks: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return p50 (with the spread of the blocks' own) and p99 of blocks of seconds, in milliseconds."""
    everything = [1000 * seconds for block in blocks for seconds in block]
    by_block = spread([1000 * median(block) for block in blocks if block])
    return {
        "p50": {**by_block.to_json(), "median": median(everything)},
        "p99": percentile(everything, 0.99),
        "samples": len(everything),
    }
