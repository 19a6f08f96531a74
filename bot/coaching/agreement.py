"""How far two judges agree beyond chance: Cohen's kappa, weighted where labels have an order. Pure, seeded.

Cohen's kappa (1960) compares the share of items on which two judges agree with the share that chance alone
would give; weighted (Cohen 1968), a disagreement counts by how far apart the labels are. The interval is
Efron's percentile bootstrap (1979): the same figure for many samples drawn with replacement out of the items.
An item that several people judged gives several pairs; it is drawn with all of them, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

NOMINAL: Final = "nominal"
LINEAR: Final = "linear"
QUADRATIC: Final = "quadratic"
WEIGHTS: Final[tuple[str, ...]] = (NOMINAL, LINEAR, QUADRATIC)
"""How much a disagreement counts: always the same, by the distance of the labels, by its square."""

DRAWS: Final = 1000
LEVEL: Final = 0.95
FEW: Final = 30
"""Fewer items than these tell too little."""

UNMEASURED: Final = "unmeasured"
TOO_FEW: Final = "few"
PRACTICE_ONLY: Final = "practice_only"
TRUSTED: Final = "trusted"

Pair = tuple[str, str]
"""What the one and what the other judge said."""

_MULTIPLIER: Final = 6364136223846793005
_INCREMENT: Final = 1442695040888963407
_MASK: Final = (1 << 64) - 1


@dataclass(frozen=True)
class Agreement:
    """How far two judges agree.

    Attributes:
        items: how many things both judged.
        share: of the pairs, those that agree, 0 to 1; None without any.
        kappa: 1 for full agreement, 0 for what chance gives; None where both always say one and the same.
        low, high: the interval in which kappa lies; None where it cannot be told.
    """

    items: int
    share: float | None = None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None

    def verdict(self, floor: float) -> str:
        """Tell whether a judgement may be relied on: from a kappa of `floor`, with `FEW` items at least."""
        if not self.items:
            return UNMEASURED
        if self.items < FEW or self.kappa is None:
            return TOO_FEW
        return TRUSTED if self.kappa >= floor else PRACTICE_ONLY


def agreement(
    items: Sequence[Sequence[Pair]],
    scale: Sequence[str],
    *,
    weights: str = NOMINAL,
    seed: int = 0,
    draws: int = DRAWS,
) -> Agreement:
    """Return how far two judges agree.

    Args:
        items: for each item the pairs of labels that it got; items without a pair are left out.
        scale: the labels, the lowest first where `weights` goes by distance.
        seed: decides which samples are drawn for the interval.

    Raises ValueError for a label that is not on the scale.
    """
    judged = [tuple(pairs) for pairs in items if pairs]
    if not judged:
        return Agreement(0)
    costs = _costs(scale, weights)
    patterns: dict[tuple[Pair, ...], int] = {}
    codes = [patterns.setdefault(pairs, len(patterns)) for pairs in judged]
    known = [Counter(pairs) for pairs in patterns]
    whole = _table(Counter(codes), known)
    unknown = {label for pair in whole for label in pair} - set(scale)
    if unknown:
        raise ValueError(f"not on the scale: {sorted(unknown)}")
    low, high = _interval(codes, known, costs, seed, draws)
    pairs_in_all = sum(whole.values())
    return Agreement(
        items=len(judged),
        share=sum(times for (one, other), times in whole.items() if one == other) / pairs_in_all,
        kappa=_kappa(whole, costs),
        low=low,
        high=high,
    )


def _costs(scale: Sequence[str], weights: str) -> Mapping[Pair, float]:
    """Return what each disagreement costs; pairs that cost nothing are left out."""
    powers = {NOMINAL: 0, LINEAR: 1, QUADRATIC: 2}
    return {
        (one, other): float(abs(i - j) ** powers[weights])
        for i, one in enumerate(scale)
        for j, other in enumerate(scale)
        if i != j
    }


def _table(drawn: Mapping[int, int], known: Sequence[Mapping[Pair, int]]) -> dict[Pair, int]:
    """Return how often each pair occurs in a draw of items, given by their patterns."""
    table: dict[Pair, int] = {}
    for code, times in drawn.items():
        for pair, inside in known[code].items():
            table[pair] = table.get(pair, 0) + times * inside
    return table


def _kappa(table: Mapping[Pair, int], costs: Mapping[Pair, float]) -> float | None:
    """Return kappa; None where chance alone would never disagree."""
    ones: dict[str, int] = {}
    others: dict[str, int] = {}
    found = 0.0
    for (one, other), times in table.items():
        ones[one] = ones.get(one, 0) + times
        others[other] = others.get(other, 0) + times
        found += costs.get((one, other), 0.0) * times
    expected = sum(costs.get((a, b), 0.0) * m * n for a, m in ones.items() for b, n in others.items())
    if not expected:
        return None
    return 1.0 - found * sum(ones.values()) / expected


def _interval(
    codes: Sequence[int],
    known: Sequence[Mapping[Pair, int]],
    costs: Mapping[Pair, float],
    seed: int,
    draws: int,
) -> tuple[float | None, float | None]:
    """Return the ends of the interval; None where most samples have no kappa."""
    if draws < 1:
        return None, None
    kappas = sorted(
        kappa
        for sample in _samples(len(codes), draws, seed)
        if (kappa := _kappa(_table(Counter(map(codes.__getitem__, sample)), known), costs)) is not None
    )
    if 2 * len(kappas) < draws:
        return None, None
    tail = (1.0 - LEVEL) / 2
    return _quantile(kappas, tail), _quantile(kappas, 1.0 - tail)


def _samples(size: int, draws: int, seed: int) -> Iterator[list[int]]:
    """Yield the places of items drawn with replacement, as many as there are; the same for the same seed."""
    state = (seed * 2 + 1) & _MASK
    for _ in range(draws):
        sample = []
        for _ in range(size):
            state = (state * _MULTIPLIER + _INCREMENT) & _MASK
            sample.append(((state >> 33) * size) >> 31)
        yield sample


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of ordered figures, between two of them by their distance."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
