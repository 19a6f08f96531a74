"""What trainers said about sessions: events, added and never taken away; and what trainees saw of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.coaching.families import TECHNIQUE
from bot.coaching.review import LABEL, UNDO, Event, is_news
from bot.storage.records import DRILL, TALK, SessionRecord, TurnRecord
from bot.storage.repositories import insert_once, key_hash
from bot.storage.review_tables import review_events, review_seen
from bot.storage.tables import drill_answers, sessions, talk_turns, trainees, turns

MethodsSaid = dict[tuple[str, int | None, int], str]
"""Methods by TALK or DRILL, its id, and the number of the turn."""

_KNOWN: Final = trainees.alias("review_known")
_EVENTS: Final = select(review_events, turns.c.number).outerjoin(turns, turns.c.id == review_events.c.turn_id)
_OF_SESSION: Final = _EVENTS.where(review_events.c.session_id == bindparam("session")).order_by(
    review_events.c.id
)
_UNSEEN: Final = (
    select(func.count())
    .select_from(
        _KNOWN.join(
            review_events,
            review_events.c.trainee_id == func.coalesce(_KNOWN.c.merged_into, _KNOWN.c.id),
        ).outerjoin(review_seen, review_seen.c.trainee_id == review_events.c.trainee_id)
    )
    .where(
        _KNOWN.c.key_hash == bindparam("hashed"),
        review_events.c.news.is_(True),
        review_events.c.undone_by.is_(None),
        review_events.c.id > func.coalesce(review_seen.c.event_id, 0),
    )
)


class Reviews:
    """What trainers said."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def of_session(self, session: SessionRecord) -> tuple[Event, ...]:
        """Return all events about a session, the oldest first."""
        return tuple(map(_event, self._connection.execute(_OF_SESSION, {"session": session.id})))

    def of_sessions(self, ids: Iterable[int]) -> dict[int, tuple[Event, ...]]:
        """Return the events about some sessions by the session's id; none for one without any."""
        found: dict[int, list[Event]] = {}
        query = _EVENTS.where(review_events.c.session_id.in_(list(ids))).order_by(review_events.c.id)
        for row in self._connection.execute(query):
            found.setdefault(row.session_id, []).append(_event(row))
        return {session: tuple(events) for session, events in found.items()}

    def sent(self, session: SessionRecord, token: str) -> bool:
        """Tell whether the form with a token was taken already."""
        query = select(review_events.c.id).where(
            review_events.c.session_id == session.id, review_events.c.token == token
        )
        return self._connection.execute(query).first() is not None

    def add(
        self,
        session: SessionRecord,
        *,
        kind: str,
        data: Mapping[str, Any],
        turn: TurnRecord | None,
        by: int | None,
        token: str,
        now: datetime,
    ) -> Event:
        """Add an event; the session must be locked, so that the events of a session are in order.

        Args:
            by: the account; token: of the form that it comes from, so that it is taken once.
        """
        values = {
            "session_id": session.id,
            "trainee_id": session.trainee_id,
            "turn_id": None if turn is None else turn.id,
            "kind": kind,
            "data": dict(data),
            "news": is_news(kind, data),
            "account_id": by,
            "token": token,
            "happened_at": now,
        }
        result = self._connection.execute(insert(review_events).values(**values))
        id_ = int(result.inserted_primary_key[0])
        return Event(id_, kind, dict(data), by, now, None if turn is None else turn.number)

    def undo(
        self, session: SessionRecord, event: Event, *, by: int | None, token: str, now: datetime
    ) -> Event:
        """Take an event back, which is an event too; taking back an undo lets what was undone hold again."""
        data = {"event": event.id}
        undo = self.add(session, kind=UNDO, data=data, turn=None, by=by, token=token, now=now)
        self._point(event.id, undone_by=undo.id)
        if event.kind == UNDO:
            self._point(int(event.data["event"]), undone_by=None)
        return undo

    def methods_of(self, trainee_id: int) -> MethodsSaid:
        """Return the methods that trainers say somebody used, where they said so."""
        query = (
            select(
                talk_turns.c.talk_id,
                drill_answers.c.drill_id,
                turns.c.number,
                review_events.c.data,
            )
            .join(turns, turns.c.id == review_events.c.turn_id)
            .outerjoin(talk_turns, talk_turns.c.turn_id == turns.c.id)
            .outerjoin(drill_answers, drill_answers.c.turn_id == turns.c.id)
            .where(
                review_events.c.trainee_id == trainee_id,
                review_events.c.kind == LABEL,
                review_events.c.undone_by.is_(None),
            )
            .order_by(review_events.c.id)
        )
        said: MethodsSaid = {}
        for row in self._connection.execute(query):
            if row.data["family"] == TECHNIQUE:
                kind, of = (TALK, row.talk_id) if row.talk_id is not None else (DRILL, row.drill_id)
                said[kind, of, row.number] = str(row.data["value"][TECHNIQUE])
        return said

    def unseen(self, trainee_key: str) -> int:
        """Count the news that a trainee has not seen."""
        return int(self._connection.execute(_UNSEEN, {"hashed": key_hash(trainee_key)}).scalar_one())

    def news(self, trainee_id: int, *, limit: int = 50) -> tuple[tuple[str, Event], ...]:
        """Return what a trainee was told, the latest first, each with the session's public id."""
        query = (
            _EVENTS.add_columns(sessions.c.public_id)
            .join(sessions, sessions.c.id == review_events.c.session_id)
            .where(
                review_events.c.trainee_id == trainee_id,
                review_events.c.news.is_(True),
                review_events.c.undone_by.is_(None),
            )
            .order_by(review_events.c.id.desc())
            .limit(limit)
        )
        return tuple((row.public_id, _event(row)) for row in self._connection.execute(query))

    def seen(self, trainee_id: int) -> int:
        """Return the id of the latest event that a trainee has seen, 0 for none."""
        query = select(review_seen.c.event_id).where(review_seen.c.trainee_id == trainee_id)
        return int(self._connection.execute(query).scalar() or 0)

    def see(self, trainee_id: int, event_id: int) -> None:
        """Remember that a trainee has seen the events up to one."""
        insert_once(self._connection, review_seen, {"trainee_id": trainee_id, "event_id": event_id})
        where = and_(review_seen.c.trainee_id == trainee_id, review_seen.c.event_id < event_id)
        self._connection.execute(update(review_seen).where(where).values(event_id=event_id))

    def _point(self, id_: int, **values: Any) -> None:
        self._connection.execute(update(review_events).where(review_events.c.id == id_).values(**values))


def _event(row: Row) -> Event:
    return Event(
        row.id, row.kind, row.data, row.account_id, row.happened_at, row.number, undone_by=row.undone_by
    )
