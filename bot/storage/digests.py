"""Digests: what the inbox shows of each session and finds it by, made again whenever the session changed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.storage.digest_tables import digest_marks, digests
from bot.storage.postings import Postings
from bot.storage.repositories import insert_once
from bot.storage.session_facts import told_of
from bot.storage.tables import (
    sessions,
)

_NONE: Final = "none"
_LONGEST_VALUE: Final = 64
_MARK: Final = 1
_LOOK_BACK: Final = timedelta(minutes=2)
"""A transaction that is still open now may have begun, and told its time, so long ago."""

_NEWEST: Final = select(
    select(func.max(sessions.c.id)).scalar_subquery(),
    select(func.max(sessions.c.active_at)).scalar_subquery(),
)

_ANSWERED_WITHIN: Final = timedelta(hours=1)
"""A message that has no answer after so long will have none."""


@dataclass(frozen=True)
class Due:
    """Which sessions' digests are to be made, and what is known to be done once they are.

    Attributes:
        final: those whose messages will not be answered any more.
        more: whether there are others left.
        news: whether there is anything to be done or to be remembered.
    """

    sessions: tuple[int, ...]
    final: tuple[int, ...]
    reached_at: datetime
    missing_below: int
    more: bool
    news: bool


class Digests:
    """The digests of all sessions."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection
        self._postings = Postings(connection)

    def refresh(self, *ids: int, final: Iterable[int] = ()) -> None:
        """Make the digests of some sessions anew from what is on record of them; of one that is gone, none.

        Args:
            ids: of the sessions; final: of those among them that wait for no answer any more.
        """
        if not ids:
            return
        self._postings.lock()
        told = told_of(self._connection, ids)
        settled = set(final)
        before = self._terms(ids)
        after = {id_: one.terms() for id_, one in told.items()}
        nothing: frozenset[str] = frozenset()
        self._postings.change(
            {id_: (before.get(id_, nothing), after.get(id_, nothing)) for id_ in sorted({*ids})}
        )
        gone = [id_ for id_ in before if id_ not in told]
        if gone:
            self._connection.execute(delete(digests).where(digests.c.session_id.in_(gone)))
        rows = [
            {
                "session_id": id_,
                "active_at": one.session.active_at,
                "last_turn": one.session.last_turn,
                "settled": not one.waiting or id_ in settled,
                "facts": one.facts(),
                "terms": _pack(after[id_]),
            }
            for id_, one in told.items()
        ]
        if rows:
            self._keep(rows)

    def remove(self, *ids: int) -> None:
        """Forget the digests of some sessions, before the sessions themselves are deleted."""
        self._postings.lock()
        before = self._terms(ids)
        self._postings.change({id_: (terms, frozenset()) for id_, terms in before.items()})
        self._connection.execute(delete(digests).where(digests.c.session_id.in_(ids)))

    def due(self, now: datetime, most: int) -> Due:
        """Return what is to be done next: at most so many sessions, the changed ones before missing ones."""
        mark = self._connection.execute(select(digest_marks)).first()
        newest, latest = self._connection.execute(_NEWEST).one()
        # A clock that is ahead must not hide what others do.
        reached = min(now, latest) if latest else now
        reached_at, missing_below = (
            (reached, (newest or 0) + 1) if mark is None else (mark.reached_at, mark.missing_below)
        )
        changed = self._changed(reached_at - _LOOK_BACK, most)
        waiting = self._unsettled(most)
        final = [row.session_id for row in waiting if row.active_at < now - _ANSWERED_WITHIN]
        ids = [row.id for row in changed] + [row.session_id for row in waiting]
        missing: list[int] = []
        if missing_below > 1 and len(ids) < most:
            older = select(sessions.c.id).where(sessions.c.id < missing_below).order_by(sessions.c.id.desc())
            missing = list(self._connection.execute(older.limit(most - len(ids))).scalars())
            missing_below = missing[-1] if missing else 0
        reached_at = max(reached_at, min(now, changed[-1].active_at) if len(changed) == most else reached)
        return Due(
            tuple(dict.fromkeys([*ids, *missing])),
            tuple(final),
            reached_at,
            missing_below,
            more=len(changed) == most or missing_below > 1,
            news=bool(ids or missing) or mark is None or reached_at - mark.reached_at > _LOOK_BACK,
        )

    def done(self, due: Due) -> None:
        """Make what is due, and remember that it is done."""
        self.refresh(*due.sessions, final=due.final)
        values = {"reached_at": due.reached_at, "missing_below": due.missing_below}
        insert_once(self._connection, digest_marks, {"id": _MARK, **values})
        self._connection.execute(update(digest_marks).values(**values))

    def _changed(self, since: datetime, most: int) -> Sequence[Row]:
        query = (
            select(sessions.c.id, sessions.c.active_at)
            .outerjoin(digests, digests.c.session_id == sessions.c.id)
            .where(
                sessions.c.active_at > since,
                or_(
                    digests.c.session_id.is_(None),
                    digests.c.active_at != sessions.c.active_at,
                    digests.c.last_turn != sessions.c.last_turn,
                ),
            )
            .order_by(sessions.c.active_at)
            .limit(most)
        )
        return list(self._connection.execute(query))

    def _unsettled(self, most: int) -> Sequence[Row]:
        query = (
            select(digests.c.session_id, digests.c.active_at)
            .where(digests.c.settled == false())  # as the index has it
            .order_by(digests.c.session_id.desc())
            .limit(most)
        )
        return list(self._connection.execute(query))

    def _terms(self, ids: Iterable[int]) -> dict[int, frozenset[str]]:
        query = select(digests.c.session_id, digests.c.terms).where(digests.c.session_id.in_(list(ids)))
        return {row.session_id: _unpack(bytes(row.terms)) for row in self._connection.execute(query)}

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        put = dialect.insert(digests)
        changed = {
            name: put.excluded[name] for name in ("active_at", "last_turn", "settled", "facts", "terms")
        }
        self._connection.execute(put.on_conflict_do_update(index_elements=["session_id"], set_=changed), rows)


def _pack(terms: frozenset[str]) -> bytes:
    return zlib.compress("\n".join(sorted(terms)).encode(), 6)


def _unpack(packed: bytes) -> frozenset[str]:
    return frozenset(zlib.decompress(packed).decode().split("\n")) - {""}
