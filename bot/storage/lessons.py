"""The queue of lessons: corrections of messages that wait to be taught, each decided by a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.coaching.assessment import essence
from bot.coaching.playbook import seed_of
from bot.storage.lesson_records import (
    PENDING,
    REPLACED,
    TAUGHT,
    TRAINEE_SAID,
    TRAINER_SAID,
    WITHDRAWN,
    LessonRecord,
    Proposal,
)
from bot.storage.lesson_tables import lessons
from bot.storage.people_records import Person
from bot.storage.records import TurnRecord
from bot.storage.sight import visible
from bot.storage.tables import corrections, drill_answers, sessions, talk_turns, turns

_HELD_BACK: Final = 5
"""One text in so many is held back."""

_LOCK: Final = select(sessions.c.id).where(sessions.c.id == bindparam("session")).with_for_update()
_LESSONS: Final = (
    select(lessons, turns.c.number.label("turn_number"), sessions.c.public_id)
    .join(turns, turns.c.id == lessons.c.turn_id)
    .join(sessions, sessions.c.id == lessons.c.session_id)
)


def is_held_back(text: str) -> bool:
    """Tell whether lessons about a text are only asked, never taught: the same for every lesson about it."""
    return seed_of("held back", essence(text)) % _HELD_BACK == 0


class Lessons:
    """What people said that messages really were."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(self, turn: TurnRecord, proposal: Proposal, *, by: int | None, now: datetime) -> LessonRecord:
        """Put a correction of a turn into the queue, once.

        It replaces one that is pending about the same turn and family. A trainee's does not replace a
        trainer's, who knows better: then it is stored as replaced itself. What comes from the same source
        with another value takes its own place and is pending again.

        Args:
            by: the account of the trainer; None for the trainee.
        """
        # One after another in a session, so that there is one pending lesson at most.
        self._connection.execute(_LOCK, {"session": turn.session_id})
        mine = and_(
            lessons.c.source == proposal.source,
            lessons.c.source_id == proposal.source_id,
            lessons.c.family == proposal.family,
        )
        before = self._select(mine)
        if before and before[0].proposed == dict(proposal.value) and before[0].state in (PENDING, *TAUGHT):
            return before[0]
        about = and_(lessons.c.turn_id == turn.id, lessons.c.family == proposal.family)
        pending = self._select(about, lessons.c.state == PENDING)
        outranked = any((p.source, proposal.source) == (TRAINER_SAID, TRAINEE_SAID) for p in pending)
        if not outranked:
            self._set(and_(about, lessons.c.state == PENDING), state=REPLACED)
        values = {
            "source": proposal.source,
            "source_id": proposal.source_id,
            "family": proposal.family,
            "session_id": turn.session_id,
            "turn_id": turn.id,
            "text": turn.text,
            "context": self._answered_line(turn),
            "lang": turn.lang or str((turn.reading or {}).get("lang") or "en"),
            "was": dict(proposal.was),
            "proposed": dict(proposal.value),
            "value": dict(proposal.value),
            "state": REPLACED if outranked else PENDING,
            "held_back": is_held_back(turn.text),
            "proposed_by": by,
            "proposed_at": now,
            "decided_by": None,
            "decided_at": None,
        }
        if before:
            self._set(mine, **values)
        else:
            self._connection.execute(insert(lessons).values(**values))
        return self._select(mine)[0]

    def withdraw(self, source: str, source_id: int) -> int:
        """Take back what came from a source, also where it was decided already; returns how many there were.

        What a model has learned of it is forgotten with the next training.
        """
        mine = and_(lessons.c.source == source, lessons.c.source_id == source_id)
        return self._set(and_(mine, lessons.c.state.in_((PENDING, *TAUGHT))), state=WITHDRAWN)

    def find(self, number: int) -> LessonRecord | None:
        """Return a lesson."""
        found = self._select(lessons.c.id == number)
        return found[0] if found else None

    def decide(
        self, lesson: LessonRecord, *, state: str, value: Mapping[str, Any], by: int | None, now: datetime
    ) -> bool:
        """Say what becomes of a lesson; one taught about the same turn and family until now is replaced.

        Returns whether it is still where `lesson` was read from, and so was changed.
        """
        where = and_(lessons.c.id == lesson.id, lessons.c.state == lesson.state)
        decision = {"state": state, "value": dict(value), "decided_by": by, "decided_at": now}
        if self._set(where, **decision) == 0:
            return False
        if state in TAUGHT:
            same = and_(lessons.c.turn_id == lesson.turn_id, lessons.c.family == lesson.family)
            others = and_(same, lessons.c.id != lesson.id, lessons.c.state.in_(TAUGHT))
            self._set(others, state=REPLACED)
        return True

    def listed(
        self,
        states: Collection[str],
        *,
        person: Person | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[LessonRecord, ...]:
        """Return lessons in some states, the oldest first: all, or those that a person may see."""
        where = [lessons.c.state.in_(list(states))]
        if person is not None:
            where.append(visible(person))
        return self._select(*where, limit=limit, offset=offset)

    def counts(self, person: Person) -> dict[str, int]:
        """Return how many lessons there are in each state, about sessions that a person sees."""
        query = (
            select(lessons.c.state, func.count())
            .join(sessions, sessions.c.id == lessons.c.session_id)
            .where(visible(person))
            .group_by(lessons.c.state)
        )
        return {state: int(number) for state, number in self._connection.execute(query)}

    def taught(self, *, held_back: bool = False) -> tuple[LessonRecord, ...]:
        """Return what models are taught, or with `held_back` what they are only asked."""
        return self._select(lessons.c.state.in_(TAUGHT), lessons.c.held_back.is_(held_back))

    def uncollected(self, limit: int) -> tuple[tuple[int, int], ...]:
        """Return turns that trainees corrected since their corrections were last collected, the oldest first.

        Each is the id of the turn and that of its latest correction. What was typed must still be there.
        """
        latest = (
            select(corrections.c.turn_id, func.max(corrections.c.id).label("latest"))
            .join(turns, turns.c.id == corrections.c.turn_id)
            .where(turns.c.text != "")
            .group_by(corrections.c.turn_id)
            .subquery()
        )
        known = select(lessons.c.id).where(
            lessons.c.source == TRAINEE_SAID, lessons.c.source_id == latest.c.latest
        )
        query = select(latest).where(~known.exists()).order_by(latest.c.latest).limit(limit)
        return tuple((int(row.turn_id), int(row.latest)) for row in self._connection.execute(query))

    def _answered_line(self, turn: TurnRecord) -> str:
        """Return the customer's line that a turn answered, in a role-play or a drill; else an empty text."""
        course = self._connection.execute(
            select(talk_turns.c.course).where(talk_turns.c.turn_id == turn.id)
        ).scalar()
        if course is not None:
            return str(course.get("answered") or "")
        asked = select(drill_answers.c.asked).where(drill_answers.c.turn_id == turn.id)
        return str(self._connection.execute(asked).scalar() or "")

    def _set(self, where: Any, **values: Any) -> int:
        return int(self._connection.execute(update(lessons).where(where).values(**values)).rowcount)

    def _select(self, *where: Any, limit: int | None = None, offset: int = 0) -> tuple[LessonRecord, ...]:
        query = _LESSONS.where(*where).order_by(lessons.c.proposed_at, lessons.c.id)
        rows: Iterable[Row] = self._connection.execute(query.limit(limit).offset(offset))
        return tuple(
            LessonRecord(
                id=row.id,
                source=row.source,
                source_id=row.source_id,
                session=row.public_id,
                turn_id=row.turn_id,
                turn=row.turn_number,
                text=row.text,
                context=row.context,
                lang=row.lang,
                family=row.family,
                was=row.was,
                proposed=row.proposed,
                value=row.value,
                state=row.state,
                held_back=row.held_back,
                proposed_by=row.proposed_by,
                proposed_at=row.proposed_at,
                decided_by=row.decided_by,
                decided_at=row.decided_at,
            )
            for row in rows
        )
