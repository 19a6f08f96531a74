"""My progress: how far a trainee is with each type and each method, from what they practised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.coaching import mastery
from bot.coaching.drill_questions import ANSWER, METHOD
from bot.coaching.mastery import Practice
from bot.coaching.taxonomy import NONE, OBJECTION_TYPES, TECHNIQUES
from bot.services.drill_blocks import Ground, Skill, short
from bot.services.job import Job
from bot.services.scheduling import day_of
from bot.storage.records import DrillAnswerRecord, Reply, TalkTurnRecord

Try = tuple[Practice, Mapping[str, Any]]
"""A try, and how it is shown as evidence."""


def show_progress(job: Job) -> list[Reply]:
    """Show the trainee's own progress: stages with their evidence, days, streak, talks."""
    trainee, today = job.session.trainee_id, day_of(job.turn.received_at)
    tries = sorted(
        [
            *_talk_tries(job.uow.talks.assessed_by(trainee)),
            *_drill_tries(job.uow.drills.answered_by(trainee)),
        ],
        key=lambda one: str(one[1]["when"]),
    )
    days: dict[int, list[Practice]] = {}
    for practice, _ in tries:
        days.setdefault(practice.day, []).append(practice)
    block = Ground(job.voice).progress(
        types=[_skill(type_, [t for t in tries if t[0].type == type_], today) for type_ in OBJECTION_TYPES],
        methods=[_skill(method, [t for t in tries if t[0].method == method], today) for method in TECHNIQUES],
        history=[(day, len(of), mastery.mean_score(of)) for day, of in sorted(days.items())],
        streak=mastery.streak(days, today),
        talks=job.uow.talks.ended_by(trainee),
    )
    return [block]


def _talk_tries(turns: Sequence[TalkTurnRecord]) -> Iterator[Try]:
    for turn in turns:
        faults = (turn.assessment or {}).get("violations", ())
        practice = Practice(
            day=day_of(turn.said_at),
            type=turn.type,
            method=turn.technique if turn.technique != NONE else "",
            score=turn.score or 0,
            source=mastery.TALK,
            aided=turn.attempt > 1 or bool(turn.course.get("hints")) or "copied" in faults,
        )
        yield practice, _evidence(practice, turn.said_at, turn.reply, mastery.TALK, turn.score)


def _drill_tries(answers: Sequence[DrillAnswerRecord]) -> Iterator[Try]:
    for answer in answers:
        assessment = answer.data.get("assessment") or {}
        technique = str(assessment.get("technique", ""))
        free = answer.kind == ANSWER
        practice = Practice(
            day=day_of(answer.answered_at),
            type=answer.type,
            method=technique if free else answer.method if answer.kind == METHOD else "",
            score=(answer.score or 0) if free else 100 * answer.correct,
            source=mastery.DRILL,
            aided="copied" in assessment.get("violations", ()),
            named=not free,
            quick=int(answer.data["seconds"]) <= mastery.QUICK,
        )
        shown = answer.given if free else answer.asked
        yield practice, _evidence(practice, answer.answered_at, shown, answer.kind, answer.score)


def _evidence(
    practice: Practice, when: datetime, text: str, kind: str, score: int | None
) -> Mapping[str, Any]:
    """Return a try as it is shown: the reply, or for something named the customer's line."""
    return {
        "when": when.isoformat(),
        "text": short(text),
        "score": score,
        "kind": kind,
        "right": practice.succeeded,
        "aided": practice.aided,
    }


def _skill(id_: str, tries: Sequence[Try], today: int) -> Skill:
    practices = [practice for practice, _ in tries]
    return Skill(
        id_,
        mastery.stage(practices, today),
        len(practices),
        mastery.mean_score(practices),
        [shown for _, shown in tries],
    )
