"""Drawing a sample in which every kind of message has its share, in an order that tells nothing. Seeded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest

from bot.coaching.playbook import seed_of


def stratified(candidates: Iterable[tuple[str, int]], size: int, seed: int) -> tuple[int, ...]:
    """Return the ids of at most `size` candidates, as many of each stratum as there are, in a shuffled order.

    Where a stratum has too few, the others fill its place.

    Args:
        candidates: each with its stratum.
    """
    strata: dict[str, list[int]] = {}
    for stratum, id_ in candidates:
        strata.setdefault(stratum, []).append(id_)
    rows = [sorted(strata[stratum], key=lambda id_: (seed_of(seed, id_), id_)) for stratum in sorted(strata)]
    drawn = islice(_in_turn(rows), size)
    return tuple(sorted(drawn, key=lambda id_: (seed_of(seed, "order", id_), id_)))


def _in_turn(rows: list[list[int]]) -> Iterator[int]:
    return (id_ for id_ in chain.from_iterable(zip_longest(*rows)) if id_ is not None)
