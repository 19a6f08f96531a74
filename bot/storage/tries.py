"""What a stored reply or a drill's answer shows of a trainee, as mastery is told from it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.coaching import mastery
from bot.coaching.drill_questions import ANSWER, METHOD
from bot.coaching.mastery import Practice
from bot.coaching.taxonomy import NONE
from bot.storage.days import day_of
from bot.storage.records import DRILL, TALK, DrillAnswerRecord, TalkTurnRecord

Said = Mapping[tuple[str, int | None, int], str]
"""The methods that trainers say were used, by TALK or DRILL, its id, and the number of the turn."""


def of_reply(turn: TalkTurnRecord, said: Said) -> Practice:
    """Return the try that an assessed reply was; its method is the trainer's where one said what it is."""
    faults = (turn.assessment or {}).get("violations", ())
    technique = said.get((TALK, turn.talk_id, turn.turn), turn.technique)
    return Practice(
        day=day_of(turn.said_at),
        type=turn.type,
        method=technique if technique != NONE else "",
        score=turn.final_score or 0,
        source=mastery.TALK,
        aided=turn.attempt > 1 or bool(turn.course.get("hints")) or "copied" in faults,
    )


def of_answer(answer: DrillAnswerRecord, said: Said) -> Practice:
    """Return the try that a drill's answer was; for a free one with the trainer's method as for a reply."""
    assessment = answer.data.get("assessment") or {}
    technique = said.get((DRILL, answer.drill_id, answer.turn), str(assessment.get("technique", "")))
    free = answer.kind == ANSWER
    return Practice(
        day=day_of(answer.answered_at),
        type=answer.type,
        method=technique if free else answer.method if answer.kind == METHOD else "",
        score=(answer.score or 0) if free else 100 * answer.correct,
        source=mastery.DRILL,
        aided="copied" in assessment.get("violations", ()),
        named=not free,
        # answers of before the time was kept count as slow ones
        quick=int(answer.data.get("seconds", mastery.QUICK + 1)) <= mastery.QUICK,
    )
