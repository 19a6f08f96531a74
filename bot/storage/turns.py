"""The turns of a session: each received once, answered once, in order, without gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.storage.records import (
    ANSWERED,
    RECEIVED,
    Answer,
    Reply,
    SessionRecord,
    ShownReply,
    TurnRecord,
)
from bot.storage.tables import replies, sessions, turns


class Turns:
    """The turns of both sides."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def receive(
        self, session: SessionRecord, *, message_id: str, kind: str, text: str, now: datetime
    ) -> TurnRecord:
        """Store a message as the next turn, or return the turn that this message id already has.

        The session's row is locked first: writers of one session go one after another, so that the numbers
        have no gap and a repeated delivery finds the first one.
        """
        self._connection.execute(select(sessions.c.id).where(sessions.c.id == session.id).with_for_update())
        found = self.find(session, message_id)
        if found is not None:
            return found
        self._connection.execute(
            update(sessions)
            .where(sessions.c.id == session.id)
            .values(last_turn=sessions.c.last_turn + 1, active_at=now)
        )
        number = select(sessions.c.last_turn).where(sessions.c.id == session.id).scalar_subquery()
        values = {"message_id": message_id, "kind": kind, "text": text, "state": RECEIVED, "received_at": now}
        self._connection.execute(insert(turns).values(session_id=session.id, number=number, **values))
        turn = self.find(session, message_id)
        assert turn is not None
        return turn

    def find(self, session: SessionRecord, message_id: str) -> TurnRecord | None:
        """Return the turn that a message became."""
        return self._first(turns.c.session_id == session.id, turns.c.message_id == message_id)

    def by_number(self, session: SessionRecord, number: int) -> TurnRecord | None:
        """Return the turn with a number (from 1)."""
        return self._first(turns.c.session_id == session.id, turns.c.number == number)

    def last_objection(self, session: SessionRecord, *, before: int | None = None) -> TurnRecord | None:
        """Return the latest answered turn in which an objection was read, before a turn's number if given.

        This is what "another version", "another method" and "wrong type" are about when they name no turn.
        """
        where = [turns.c.session_id == session.id, turns.c.objections.is_not(None)]
        if before is not None:
            where.append(turns.c.number < before)
        query = select(turns).where(*where).order_by(turns.c.number.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else _turn(row)

    def answer_of(self, turn: TurnRecord) -> Answer | None:
        """Return the saved answer of a turn, None while there is none."""
        if not turn.answered:
            return None
        query = select(replies).where(replies.c.turn_id == turn.id).order_by(replies.c.position)
        return Answer(turn, tuple(_reply(row) for row in self._connection.execute(query)))

    def save_answer(
        self,
        turn: TurnRecord,
        *,
        lang: str,
        product: str,
        reading: Mapping[str, Any] | None,
        command: Mapping[str, Any] | None,
        replies_shown: Sequence[Reply],
        slots: Mapping[str, Any],
        now: datetime,
    ) -> Answer:
        """Save what was understood and shown, once; returns what is stored.

        When the turn is answered already, by whomever, nothing changes and the stored answer comes back. The
        first call, too, returns what it reads back, so that all deliveries get the same.
        """
        types = [objection["type"] for objection in (reading or {}).get("objections", ())]
        done = self._connection.execute(
            update(turns)
            .where(turns.c.id == turn.id, turns.c.state == RECEIVED)
            .values(
                state=ANSWERED,
                answered_at=now,
                lang=lang,
                product=product,
                reading=None if reading is None else dict(reading),
                objections=types or None,
                command=None if command is None else dict(command),
                slots=dict(slots),
            )
        )
        if done.rowcount == 1 and replies_shown:
            rows = [_row(turn, position, reply) for position, reply in enumerate(replies_shown)]
            self._connection.execute(insert(replies), rows)
        saved = self._first(turns.c.id == turn.id)
        assert saved is not None
        answer = self.answer_of(saved)
        assert answer is not None
        return answer

    def shown_before(
        self,
        session: SessionRecord,
        *,
        before: int | None = None,
        kind: str | None = None,
        response: str | None = None,
        limit: int = 200,
    ) -> tuple[ShownReply, ...]:
        """Return the blocks shown so far, oldest first, at most the latest `limit`.

        `before` is a turn's number; `kind` and `response` select. For choosing what was not shown yet.
        """
        query = (
            select(turns.c.number, replies)
            .join(turns, turns.c.id == replies.c.turn_id)
            .where(turns.c.session_id == session.id)
            .order_by(turns.c.number.desc(), replies.c.position.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(turns.c.number < before)
        if kind is not None:
            query = query.where(replies.c.kind == kind)
        if response is not None:
            query = query.where(replies.c.response == response)
        found = [_shown(row) for row in self._connection.execute(query)]
        return tuple(reversed(found))

    def of_session(self, session: SessionRecord) -> tuple[TurnRecord, ...]:
        """Return all turns in order."""
        query = select(turns).where(turns.c.session_id == session.id).order_by(turns.c.number)
        return tuple(_turn(row) for row in self._connection.execute(query))

    def replies_of_session(self, session: SessionRecord) -> tuple[ShownReply, ...]:
        """Return all blocks shown, in order."""
        query = (
            select(turns.c.number, replies)
            .join(turns, turns.c.id == replies.c.turn_id)
            .where(turns.c.session_id == session.id)
            .order_by(turns.c.number, replies.c.position)
        )
        return tuple(_shown(row) for row in self._connection.execute(query))

    def _first(self, *where: Any) -> TurnRecord | None:
        row = self._connection.execute(select(turns).where(*where)).first()
        return None if row is None else _turn(row)


def _turn(row: Row) -> TurnRecord:
    return TurnRecord(
        id=row.id,
        session_id=row.session_id,
        number=row.number,
        message_id=row.message_id,
        kind=row.kind,
        text=row.text,
        state=row.state,
        received_at=row.received_at,
        answered_at=row.answered_at,
        lang=row.lang,
        product=row.product,
        reading=row.reading,
        command=row.command,
        slots=row.slots,
    )


def _row(turn: TurnRecord, position: int, reply: Reply) -> dict[str, Any]:
    return {
        "turn_id": turn.id,
        "position": position,
        "kind": reply.kind,
        "response": reply.response,
        "texts": dict(reply.values),
        "data": dict(reply.data),
        "buttons": [dict(button) for button in reply.buttons],
    }


def _reply(row: Row) -> Reply:
    return Reply(row.kind, row.response, row.texts, row.data, tuple(row.buttons))


def _shown(row: Row) -> ShownReply:
    return ShownReply(row.number, row.position, _reply(row))
