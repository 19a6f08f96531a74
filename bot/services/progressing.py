"""My progress: how far a trainee is with each type and each method, from what they practised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.coaching import mastery
from bot.coaching.drill_questions import ANSWER
from bot.coaching.mastery import Practice
from bot.coaching.taxonomy import OBJECTION_TYPES, TECHNIQUES
from bot.coaching.wording import short
from bot.services.calendar import day_of
from bot.services.drill_blocks import Ground, Skill
from bot.services.job import Job
from bot.storage.records import DrillAnswerRecord, Reply, TalkTurnRecord
from bot.storage.tries import Said, of_answer, of_reply

Try = tuple[Practice, Mapping[str, Any]]
"""A try, and how it is shown as evidence."""


def show_progress(job: Job) -> list[Reply]:
    """Show the trainee's own progress: stages with their evidence, days, streak, talks."""
    trainee, today = job.session.trainee_id, day_of(job.turn.received_at)
    said = job.uow.reviews.methods_of(trainee)
    tries = sorted(
        [
            *_talk_tries(job.uow.talks.assessed_by(trainee), said),
            *_drill_tries(job.uow.drills.answered_by(trainee), said),
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


def _talk_tries(turns: Sequence[TalkTurnRecord], said: Said) -> Iterator[Try]:
    for turn in turns:
        practice = of_reply(turn, said)
        yield practice, _evidence(practice, turn.said_at, turn.reply, mastery.TALK, turn.final_score)


def _drill_tries(answers: Sequence[DrillAnswerRecord], said: Said) -> Iterator[Try]:
    for answer in answers:
        practice = of_answer(answer, said)
        shown = answer.given if answer.kind == ANSWER else answer.asked
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
