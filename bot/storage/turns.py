"""The turns of a session: each received once, answered once, in order, without gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
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
from bot.storage.repositories import between
from bot.storage.tables import replies, sessions, turns
from bot.storage.types import clean

# Built once: building a statement takes as long as its work.
_LOCK: Final = select(sessions.c.last_turn).where(sessions.c.id == bindparam("session")).with_for_update()
_COUNT: Final = (
    update(sessions)
    .where(sessions.c.id == bindparam("session"))
    .values(last_turn=bindparam("number"), active_at=bindparam("now"))
)
_RECEIVE: Final = insert(turns)
_FIND: Final = select(turns).where(
    turns.c.session_id == bindparam("session"), turns.c.message_id == bindparam("message")
)
_BY_NUMBER: Final = select(turns).where(
    turns.c.session_id == bindparam("session"), turns.c.number == bindparam("nth")
)
_BY_ID: Final = select(turns).where(turns.c.id == bindparam("turn"))
_ANSWER: Final = (
    update(turns)
    .where(turns.c.id == bindparam("turn"), turns.c.state == RECEIVED)
    .values(
        state=ANSWERED,
        **{
            name: bindparam(f"its_{name}")
            for name in ("answered_at", "lang", "product", "reading", "objections", "command", "slots")
        },
    )
)
_SHOW: Final = insert(replies)
_SHOWN: Final = select(replies).where(replies.c.turn_id == bindparam("turn")).order_by(replies.c.position)
_DATA_SHOWN: Final = (
    select(replies.c.data)
    .join(turns, turns.c.id == replies.c.turn_id)
    .where(
        turns.c.session_id == bindparam("session"),
        turns.c.number < bindparam("before"),
        replies.c.kind == bindparam("shown_as"),
    )
    .order_by(turns.c.number.desc(), replies.c.position.desc())
    .limit(bindparam("most"))
)


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
        last = self._connection.execute(_LOCK, {"session": session.id}).scalar_one()
        found = self.find(session, message_id)
        if found is not None:
            return found
        self._connection.execute(_COUNT, {"session": session.id, "number": last + 1, "now": now})
        values: dict[str, Any] = {
            "session_id": session.id,
            "number": last + 1,
            "message_id": clean(message_id),
            "kind": clean(kind),
            "text": clean(text),
            "state": RECEIVED,
            "received_at": now.astimezone(timezone.utc),
        }
        stored = self._connection.execute(_RECEIVE, values)
        return TurnRecord(id=int(stored.inserted_primary_key[0]), **values)

    def find(self, session: SessionRecord, message_id: str) -> TurnRecord | None:
        """Return the turn that a message became."""
        return self._first(_FIND, session=session.id, message=message_id)

    def by_number(self, session: SessionRecord, number: int) -> TurnRecord | None:
        """Return the turn with a number (from 1)."""
        return self._first(_BY_NUMBER, session=session.id, nth=number)

    def by_id(self, turn_id: int) -> TurnRecord | None:
        """Return the turn of a row."""
        return self._first(_BY_ID, turn=turn_id)

    def last_objection(self, session: SessionRecord, *, before: int | None = None) -> TurnRecord | None:
        """Return the latest answered turn in which an objection was read, before a turn's number if given.

        This is what "another version", "another method" and "wrong type" are about when they name no turn.
        """
        where = [turns.c.session_id == session.id, turns.c.objections.is_not(None)]
        if before is not None:
            where.append(turns.c.number < before)
        return self._first(select(turns).where(*where).order_by(turns.c.number.desc()).limit(1))

    def answer_of(self, turn: TurnRecord) -> Answer | None:
        """Return the saved answer of a turn, None while there is none."""
        if not turn.answered:
            return None
        return Answer(turn, tuple(map(_reply, self._connection.execute(_SHOWN, {"turn": turn.id}))))

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
        values = {
            "answered_at": now,
            "lang": lang,
            "product": product,
            "reading": None if reading is None else dict(reading),
            "objections": types or None,
            "command": None if command is None else dict(command),
            "slots": dict(slots),
        }
        named = {f"its_{name}": value for name, value in values.items()}
        done = self._connection.execute(_ANSWER, {"turn": turn.id, **named})
        if done.rowcount == 1 and replies_shown:
            rows = [_row(turn, position, reply) for position, reply in enumerate(replies_shown)]
            self._connection.execute(_SHOW, rows)
        saved = self._first(_BY_ID, turn=turn.id)
        assert saved is not None
        answer = self.answer_of(saved)
        assert answer is not None
        return answer

    def data_shown(
        self, session: SessionRecord, *, before: int, kind: str, limit: int = 200
    ) -> tuple[Any, ...]:
        """Return the data of the blocks of a kind shown before a turn, oldest first, the latest `limit`.

        For choosing what was not shown yet.
        """
        asked = {"session": session.id, "before": before, "shown_as": kind, "most": limit}
        return tuple(reversed(self._connection.execute(_DATA_SHOWN, asked).scalars().all()))

    def of_session(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[TurnRecord, ...]:
        """Return all turns in order, or those from a first to a last number."""
        query = select(turns).where(turns.c.session_id == session.id, *between(numbers))
        return tuple(_turn(row) for row in self._connection.execute(query.order_by(turns.c.number)))

    def replies_of_session(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[ShownReply, ...]:
        """Return all blocks shown, in order, or those of the turns from a first to a last number."""
        query = (
            select(turns.c.number, replies)
            .join(turns, turns.c.id == replies.c.turn_id)
            .where(turns.c.session_id == session.id, *between(numbers))
            .order_by(turns.c.number, replies.c.position)
        )
        return tuple(_shown(row) for row in self._connection.execute(query))

    def _first(self, query: Any, **values: Any) -> TurnRecord | None:
        row = self._connection.execute(query, values).first()
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
