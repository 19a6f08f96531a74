"""Drills on record: what each person remembers, the drills and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.storage.records import (
    ENDED,
    RUNNING,
    CardRecord,
    DrillAnswerRecord,
    DrillRecord,
    SessionRecord,
    TurnRecord,
)
from bot.storage.repositories import between, columns_of, insert_once
from bot.storage.tables import cards, drill_answers, drills, turns


class Drills:
    """The cards, drills and answers of trainees."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def cards_of(self, trainee_id: int) -> tuple[CardRecord, ...]:
        """Return a person's cards, the longest due first."""
        query = select(cards).where(cards.c.trainee_id == trainee_id).order_by(cards.c.due_at, cards.c.id)
        return tuple(
            CardRecord(row.type, row.method, row.memory, row.due_at)
            for row in self._connection.execute(query)
        )

    def save_card(self, trainee_id: int, card: CardRecord) -> None:
        """Keep a card as it is now."""
        key = {"trainee_id": trainee_id, "type": card.type, "method": card.method}
        values = {"memory": dict(card.memory), "due_at": card.due_at}
        where = (
            cards.c.trainee_id == trainee_id,
            cards.c.type == card.type,
            cards.c.method == card.method,
        )
        if self._connection.execute(update(cards).where(*where).values(**values)).rowcount == 0:
            insert_once(self._connection, cards, {**key, **values})

    def start(
        self, session: SessionRecord, *, question: Mapping[str, Any], ends_at: datetime, now: datetime
    ) -> DrillRecord:
        """Begin a drill with its first question."""
        values: dict[str, Any] = {
            "session_id": session.id,
            "trainee_id": session.trainee_id,
            "state": RUNNING,
            "question": dict(question),
            "started_at": now,
            "ends_at": ends_at,
        }
        result = self._connection.execute(insert(drills).values(**values))
        return DrillRecord(id=int(result.inserted_primary_key[0]), **values)

    def running(self, session: SessionRecord) -> DrillRecord | None:
        """Return the drill that runs in a session."""
        query = (
            select(*columns_of(drills, DrillRecord))
            .where(drills.c.session_id == session.id, drills.c.state == RUNNING)
            .order_by(drills.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return None if row is None else DrillRecord(**row._mapping)

    def ask(self, drill: DrillRecord, question: Mapping[str, Any]) -> None:
        """Make a question the open one."""
        self._connection.execute(
            update(drills).where(drills.c.id == drill.id).values(question=dict(question))
        )

    def end(self, drill: DrillRecord, *, now: datetime) -> None:
        """End a drill."""
        values = {"state": ENDED, "ended_at": now}
        self._connection.execute(update(drills).where(drills.c.id == drill.id).values(**values))

    def add_answer(
        self,
        drill: DrillRecord,
        turn: TurnRecord,
        *,
        type_: str,
        method: str,
        kind: str,
        asked: str,
        given: str,
        correct: bool,
        score: int | None,
        data: Mapping[str, Any],
        now: datetime,
    ) -> None:
        """Record an answer; a second record of the same turn changes nothing."""
        row = {
            "drill_id": drill.id,
            "trainee_id": drill.trainee_id,
            "turn_id": turn.id,
            "type": type_,
            "method": method,
            "kind": kind,
            "asked": asked,
            "given": given,
            "correct": int(correct),
            "score": score,
            "data": dict(data),
            "answered_at": now,
        }
        insert_once(self._connection, drill_answers, row)

    def answers_of(self, drill: DrillRecord) -> tuple[DrillAnswerRecord, ...]:
        """Return the answers of one drill in order."""
        return self._answers(drill_answers.c.drill_id == drill.id, limit=1000)

    def answers_in(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[DrillAnswerRecord, ...]:
        """Return the answers of all drills of a session in order, or those in some of its turns."""
        return self._answers(turns.c.session_id == session.id, *between(numbers), limit=10_000)

    def answered_by(self, trainee_id: int, *, limit: int = 1000) -> tuple[DrillAnswerRecord, ...]:
        """Return a person's answers, oldest first."""
        return self._answers(drill_answers.c.trainee_id == trainee_id, limit=limit)

    def _answers(self, *where: Any, limit: int) -> tuple[DrillAnswerRecord, ...]:
        query = (
            select(*columns_of(drill_answers, DrillAnswerRecord, turn=turns.c.number))
            .join(turns, turns.c.id == drill_answers.c.turn_id)
            .where(*where)
            .order_by(drill_answers.c.id.desc())
            .limit(limit)
        )
        return tuple(reversed([_answer(row) for row in self._connection.execute(query)]))


def _answer(row: Row) -> DrillAnswerRecord:
    return DrillAnswerRecord(**{**row._mapping, "correct": bool(row.correct)})
