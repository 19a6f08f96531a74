"""The differences between two texts, line beside line, with the words marked that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

SAME: Final = "same"
CHANGED: Final = "changed"
ADDED: Final = "added"
REMOVED: Final = "removed"
GAP: Final = "gap"
"""Lines that are the same and far from any change are left out; `Row.left` tells how many."""

_AROUND: Final = 2
_LONGEST_COMPARED: Final = 2_000
_ALIKE: Final = 0.3
_WORDS: Final = re.compile(r"[A-Za-z0-9']+|\s+|.", re.DOTALL)

Piece = tuple[str, bool]
"""A part of a line, and whether it changed."""


@dataclass(frozen=True)
class Row:
    """A line of the old text beside one of the new; a number of 0 stands for no line."""

    kind: str
    left: int
    right: int
    old: tuple[Piece, ...] = ()
    new: tuple[Piece, ...] = ()


def differences(old: str, new: str) -> tuple[Row, ...]:
    """Return the rows in which two texts differ, with some lines around each; none if they are the same."""
    left, right = old.splitlines(), new.splitlines()
    rows: list[Row] = []
    codes = SequenceMatcher(None, left, right).get_opcodes()
    for code, i1, i2, j1, j2 in codes:
        if code == "equal":
            rows += _unchanged(left[i1:i2], i1, j1, first=i1 == 0 and j1 == 0, last=i2 == len(left))
        else:
            rows += _beside(left, right, i1, i2, j1, j2)
    return tuple(rows) if any(row.kind not in (SAME, GAP) for row in rows) else ()


def _unchanged(lines: Sequence[str], i: int, j: int, *, first: bool, last: bool) -> Iterator[Row]:
    """Yield the lines next to a change, and a gap for the others."""
    head = 0 if first else _AROUND
    tail = 0 if last else _AROUND
    hidden = len(lines) - head - tail
    for at, line in enumerate(lines):
        if hidden > 1 and head <= at < len(lines) - tail:
            if at == head:
                yield Row(GAP, hidden, 0)
            continue
        yield Row(SAME, i + at + 1, j + at + 1, ((line, False),), ((line, False),))


def _beside(left: Sequence[str], right: Sequence[str], i1: int, i2: int, j1: int, j2: int) -> Iterator[Row]:
    """Put changed lines beside each other, in order; what is left over was added or removed."""
    paired = min(i2 - i1, j2 - j1)
    for at in range(paired):
        old, new = _marked(left[i1 + at], right[j1 + at])
        yield Row(CHANGED, i1 + at + 1, j1 + at + 1, old, new)
    for at in range(i1 + paired, i2):
        yield Row(REMOVED, at + 1, 0, ((left[at], True),))
    for at in range(j1 + paired, j2):
        yield Row(ADDED, 0, at + 1, (), ((right[at], True),))


def _marked(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Mark the words that differ; of lines that have little in common, all."""
    whole = ((old, True),), ((new, True),)
    if max(len(old), len(new)) > _LONGEST_COMPARED:
        return whole
    left, right = _WORDS.findall(old), _WORDS.findall(new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return whole
    before: list[Piece] = []
    after: list[Piece] = []
    for code, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            before.append(("".join(left[i1:i2]), code != "equal"))
        if j2 > j1:
            after.append(("".join(right[j1:j2]), code != "equal"))
    return tuple(before), tuple(after)
