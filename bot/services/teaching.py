"""Teaching: corrections become lessons, which trainers accept, change or reject."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.coaching.labels import valid_label
from bot.coaching.reading import Reading
from bot.coaching.taxonomy import NONE
from bot.services.access import Person
from bot.services.curriculum import TaughtLine, lines_of, overruled
from bot.services.errors import NotFound, Refused
from bot.storage.lesson_records import (
    ACCEPTED,
    CHANGED,
    OBJECTION,
    PENDING,
    REJECTED,
    TAUGHT,
    TRAINEE_SAID,
    LessonRecord,
    Proposal,
)
from bot.storage.records import CorrectionRecord, TurnRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

ACCEPT: Final = "accept"
CHANGE: Final = "change"
REJECT: Final = "reject"
VERDICTS: Final[Mapping[str, str]] = {ACCEPT: ACCEPTED, CHANGE: CHANGED, REJECT: REJECTED}

_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Queue:
    """The lessons in some states that a person may see, and how many there are in each state.

    Attributes:
        who: by the lesson's number: how the one who proposed it, and the one who decided it, is called.
    """

    lessons: tuple[LessonRecord, ...]
    counts: Mapping[str, int]
    who: Mapping[int, tuple[str, str]]


@dataclass(frozen=True)
class Curriculum:
    """What the next model is taught, and the lessons that every model is only asked.

    Attributes:
        lines: to learn; taught: the lessons that they come from.
        held_back: lessons for comparing models with each other.
        overruled: how many accepted lessons count no more, as a later one about the same words contradicts.
    """

    lines: tuple[TaughtLine, ...]
    taught: tuple[LessonRecord, ...]
    held_back: tuple[LessonRecord, ...]
    overruled: int = 0


def collect(units: UnitOfWorkFactory, *, now: datetime) -> int:
    """Put what trainees corrected since the last time into the queue; returns how many turns it was."""
    collected = 0
    while True:
        with units() as uow:
            found = uow.lessons.uncollected(_AT_ONCE)
            for turn_id, latest in found:
                turn = uow.turns.by_id(turn_id)
                assert turn is not None, "a correction is of a turn"
                said = uow.corrections.of_turn(turn)
                proposal = Proposal(
                    TRAINEE_SAID,
                    latest,
                    OBJECTION,
                    was={"types": list(turn.types)},
                    value={"types": list(_corrected(turn, said))},
                )
                uow.lessons.add(turn, proposal, by=None, now=said[-1].corrected_at)
            uow.commit()
        collected += len(found)
        if len(found) < _AT_ONCE:
            return collected


def _corrected(turn: TurnRecord, said: Sequence[CorrectionRecord]) -> tuple[str, ...]:
    """Return the types of a turn after a trainee's corrections, each of which is about one type."""
    types = list(turn.types)
    for correction in said:
        place = types.index(correction.from_type) if correction.from_type in types else None
        if correction.to_type == NONE:
            types = [] if place is None else types[:place] + types[place + 1 :]
        elif place is None:
            types = [correction.to_type]
        else:
            types[place] = correction.to_type
    return tuple(dict.fromkeys(types))


def queue(
    units: UnitOfWorkFactory,
    *,
    person: Person,
    states: Collection[str] = (PENDING,),
    limit: int = 50,
    offset: int = 0,
    now: datetime,
) -> Queue:
    """Return lessons about sessions that a person may see, the oldest first."""
    with units() as uow:
        found = uow.lessons.listed(states, person=person, limit=limit, offset=offset)
        counts = uow.lessons.counts(person)
        for session in sorted({lesson.session for lesson in found}):
            uow.audit.add(person.account, "read", "session", session, now=now, detail={"for": "lessons"})
        who = _who(uow, person, found)
        uow.commit()
    return Queue(found, counts, who)


def _who(uow: UnitOfWork, person: Person, lessons: Sequence[LessonRecord]) -> dict[int, tuple[str, str]]:
    """Return who proposed and who decided each lesson, as the person may know them."""
    accounts = {account.id: account.name for account in uow.accounts.all()}
    sessions = {session: uow.sessions.find(session) for session in {lesson.session for lesson in lessons}}
    trainees = {session: found.trainee_id for session, found in sessions.items() if found is not None}
    called = uow.sight.names(person, set(trainees.values()))
    return {
        lesson.id: (
            called.get(trainees.get(lesson.session, 0), "")
            if lesson.source == TRAINEE_SAID
            else accounts.get(lesson.proposed_by or 0, ""),
            accounts.get(lesson.decided_by or 0, ""),
        )
        for lesson in lessons
    }


def decide(
    units: UnitOfWorkFactory,
    *,
    person: Person,
    lesson: int,
    verdict: str,
    value: Mapping[str, Any] | None = None,
    now: datetime,
) -> LessonRecord:
    """Accept a lesson as it was proposed, change it and accept that, or reject it; also a second time.

    Raises NotFound (no such lesson for this person), Refused (verdict, value, state; deleted: the session's
    words are not kept any more, so that it can only be rejected), Unavailable.
    """
    if verdict not in VERDICTS:
        raise Refused("verdict")
    with units() as uow:
        found = uow.lessons.find(lesson)
        if found is None or uow.sight.session(person, found.session, others_only=True) is None:
            raise NotFound
        if found.state not in (PENDING, REJECTED, *TAUGHT):
            raise Refused("state")
        if verdict != REJECT and not found.text.strip():
            raise Refused("deleted")
        decided = dict(value or {}) if verdict == CHANGE else found.proposed
        if not valid_label(found.family, decided):
            raise Refused("value")
        state = ACCEPTED if decided == found.proposed and verdict == CHANGE else VERDICTS[verdict]
        if not uow.lessons.decide(found, state=state, value=decided, by=person.account, now=now):
            raise Refused("state")
        uow.audit.add(
            person.account,
            verdict,
            "lesson",
            lesson,
            now=now,
            detail={"session": found.session, "turn": found.turn, "value": decided},
        )
        uow.commit()
        changed = uow.lessons.find(lesson)
    assert changed is not None
    return changed


def curriculum(units: UnitOfWorkFactory) -> Curriculum:
    """Return what the next model is to learn."""
    with units(reading=True) as uow:
        taught = uow.lessons.taught()
        turns = {lesson.turn_id: uow.turns.by_id(lesson.turn_id) for lesson in taught}
        held_back = uow.lessons.taught(held_back=True)
    readings = {
        number: Reading.from_json(turn.reading) if turn is not None and turn.reading else None
        for number, turn in turns.items()
    }
    lines = lines_of(taught, readings)
    used = {origin["lesson"] for line in lines for origin in line.provenance}
    against = overruled((*taught, *held_back))
    return Curriculum(
        tuple(lines),
        tuple(lesson for lesson in taught if lesson.id in used),
        tuple(lesson for lesson in held_back if lesson.text.strip() and lesson.id not in against),
        len(against),
    )
