"""The index of the inbox: under each term the sessions that have it, in blocks of bits.

A block stands for 4,096 sessions with ids next to each other. What a search asks for is put together from a
few such rows by "and", "or" and "not", newest block first, so that a page of the inbox costs about the same
however many sessions there are. Why not the databases' own text search: `docs/decisions/0006-inbox-index.md`.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, Final

from sqlalchemy import and_, delete, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.future import Connection

from bot.storage.digest_tables import postings

BLOCK: Final = 4096
"""Sessions in a block."""

_BYTES: Final = BLOCK // 8
_FULL: Final = (1 << BLOCK) - 1
_AT_ONCE: Final = 400
_ONE: Final = ord("1")
_LOCK: Final = 4_605_221_871_033
"""Any number, the same in every process: the key of PostgreSQL's advisory lock."""

Bits = int
"""A set of sessions: bit n stands for the one whose id is n above the first one of the blocks looked at."""

Place = tuple[str, int]
"""A term and a block."""


class Postings:
    """The index."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def lock(self) -> None:
        """Keep others from changing the index until this transaction ends.

        To be called before what goes into the index is read. On SQLite there is only one writer anyway.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})

    def read(self, terms: Collection[str], first: int, last: int) -> dict[str, Bits]:
        """Return the sessions of some terms, in the blocks from `first` to `last`; none for unknown terms."""
        found: dict[str, dict[int, bytes]] = {}
        for some in _chunks(sorted(terms)):
            query = select(postings).where(
                postings.c.term.in_(some), postings.c.block >= first, postings.c.block <= last
            )
            for row in self._connection.execute(query).all():
                found.setdefault(row.term, {})[row.block] = _spread(bytes(row.members))
        empty = bytes(_BYTES)
        return {
            term: int.from_bytes(
                b"".join(blocks.get(block, empty) for block in range(first, last + 1)), "little"
            )
            for term, blocks in found.items()
        }

    def union(self, terms: Collection[str], first: int, last: int) -> Bits:
        """Return the sessions of any of some terms, of which each has few, in some blocks."""
        return self._union((postings.c.term.in_(some) for some in _chunks(sorted(terms))), first, last)

    def span(self, low: str, high: str, first: int, last: int) -> Bits:
        """Return the sessions of any term from one to another, in the order of bytes, in some blocks."""
        return self._union([postings.c.term.between(low, high)], first, last)

    def _union(self, conditions: Iterable[Any], first: int, last: int) -> Bits:
        few: dict[int, array[int]] = {}
        many = 0
        for condition in conditions:
            query = select(postings.c.block, postings.c.members).where(
                condition, postings.c.block >= first, postings.c.block <= last
            )
            # all at once: row by row they take twice as long
            for block, members in self._connection.execute(query).all():
                if len(members) == _BYTES:
                    many |= int.from_bytes(members, "little") << BLOCK * (block - first)
                else:
                    few.setdefault(block, array("H")).frombytes(bytes(members))
        for block, sessions in few.items():
            # a digit for each session: bit by bit in Python takes five times as long
            digits = bytearray(b"0") * BLOCK
            deque(map(digits.__setitem__, sessions, repeat(_ONE)), maxlen=0)
            many |= int(digits[::-1], 2) << BLOCK * (block - first)
        return many

    def change(self, sessions: Mapping[int, tuple[frozenset[str], frozenset[str]]]) -> None:
        """Bring the index from the terms that each session had to those that it has; `lock` comes before."""
        put: dict[Place, Bits] = {}
        taken: dict[Place, Bits] = {}
        for id_, (before, after) in sessions.items():
            block, bit = id_ // BLOCK, 1 << id_ % BLOCK
            for where, terms in ((put, after - before), (taken, before - after)):
                for term in terms:
                    where[term, block] = where.get((term, block), 0) | bit
        terms_in: dict[int, list[str]] = {}
        for term, block in sorted(put.keys() | taken.keys()):
            terms_in.setdefault(block, []).append(term)
        for block, here in terms_in.items():
            for some in _chunks(here):
                self._rewrite(block, some, put, taken)

    def _rewrite(
        self, block: int, terms: list[str], put: Mapping[Place, Bits], taken: Mapping[Place, Bits]
    ) -> None:
        # not as pairs of term and block: SQLite would look at every row of the index to find them
        here = and_(postings.c.block == block, postings.c.term.in_(terms))
        rows = self._connection.execute(select(postings.c.term, postings.c.members).where(here))
        now = {row.term: _bits(bytes(row.members)) for row in rows}
        after = {
            term: (now.get(term, 0) | put.get((term, block), 0)) & ~taken.get((term, block), 0)
            for term in terms
        }  # fmt: skip
        gone = [term for term in terms if term in now and not after[term]]
        if gone:
            self._connection.execute(
                delete(postings).where(postings.c.block == block, postings.c.term.in_(gone))
            )
        kept = [
            {"term": term, "block": block, "members": _pack(bits)} for term, bits in after.items() if bits
        ]
        if kept:
            dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
            insert = dialect.insert(postings)
            self._connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["term", "block"], set_={"members": insert.excluded.members}
                ),
                kept,
            )


def ids_of(bits: Bits, first: int) -> Iterator[int]:
    """Yield the ids of a set, the highest first; its lowest bit stands for the first session of a block."""
    # Block by block: to take one bit of a large number costs as much as the number is long.
    for block in range(bits.bit_length() // BLOCK, -1, -1):
        part = bits >> block * BLOCK & _FULL
        while part:
            highest = part.bit_length() - 1
            yield (first + block) * BLOCK + highest
            part ^= 1 << highest


def _pack(bits: Bits) -> bytes:
    """Write a set within a block: as the list of its bits while that is shorter, else as all the bits."""
    if bits.bit_count() * 2 < _BYTES:
        return array("H", sorted(ids_of(bits, 0))).tobytes()
    return bits.to_bytes(_BYTES, "little")


def _spread(members: bytes) -> bytes:
    """Return all the bits of a set that was written."""
    if len(members) == _BYTES:
        return members
    spread = bytearray(_BYTES)
    for bit in array("H", members):
        spread[bit >> 3] |= 1 << (bit & 7)
    return bytes(spread)


def _bits(members: bytes) -> Bits:
    return int.from_bytes(_spread(members), "little")


def _chunks(items: list[str]) -> Iterable[list[str]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
