"""Numbers in the index, bit by bit: ranges and orders come from a few sets, whatever the numbers are.

A number is told by a term for each of its bits that is set, and one that says that there is a number at all
(P. O'Neil, D. Quass: Improved query performance with variant indexes, 1997).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.storage.postings import Bits

WIDTHS: Final[Mapping[str, int]] = {"day": 16, "score": 7, "unsure": 5, "turns": 10}
"""The fields and their bits; a number that does not fit counts as the largest one that does."""

FIRST_DAY: Final = 737_425
"""The ordinal of the first day that can be told, 2020-01-01."""

Terms = Mapping[str, Bits]
"""What was read from the index."""


def fitted(field: str, value: int) -> int:
    """Return a number as it is kept."""
    if field == "day":
        value -= FIRST_DAY
    return max(0, min(value, (1 << WIDTHS[field]) - 1))


def terms_for(field: str, value: int) -> set[str]:
    """Return the terms that tell a number."""
    kept = fitted(field, value)
    return {f"{field}#"} | {f"{field}#{bit}" for bit in range(WIDTHS[field]) if kept >> bit & 1}


def terms_about(field: str) -> set[str]:
    """Return all terms that tell numbers of a field."""
    return {f"{field}#"} | {f"{field}#{bit}" for bit in range(WIDTHS[field])}


def between(terms: Terms, field: str, lowest: int | None, highest: int | None) -> Bits:
    """Return the sessions that have a number, from the lowest to the highest, if given."""
    found = terms.get(f"{field}#", 0)
    if lowest is not None:
        above, same = compared(terms, field, fitted(field, lowest), found)
        found = above | same
    if highest is not None:
        above, _ = compared(terms, field, fitted(field, highest), found)
        found &= ~above
    return found


def compared(terms: Terms, field: str, kept: int, among: Bits) -> tuple[Bits, Bits]:
    """Return those whose number is above a kept one, and those that have the same."""
    above, same = 0, among
    for bit in reversed(range(WIDTHS[field])):
        has = terms.get(f"{field}#{bit}", 0)
        if kept >> bit & 1:
            same &= has
        else:
            above |= same & has
            same &= ~has
    return above, same


def in_order(terms: Terms, field: str, among: Bits, *, rising: bool) -> Iterator[Bits]:
    """Yield sets of equal numbers, the lowest or the highest number first; those without one come last."""
    with_number = among & terms.get(f"{field}#", 0)
    yield from _ordered(terms, field, with_number, WIDTHS[field] - 1, rising)
    yield among & ~with_number


def _ordered(terms: Terms, field: str, among: Bits, bit: int, rising: bool) -> Iterator[Bits]:
    if not among or bit < 0:
        yield among
        return
    has = among & terms.get(f"{field}#{bit}", 0)
    halves = (among & ~has, has)
    for half in halves if rising else reversed(halves):
        yield from _ordered(terms, field, half, bit - 1, rising)
