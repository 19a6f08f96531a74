"""Figures brought up to date: a trainee's weeks summed and their standings told anew, from what is on record.

Making figures twice changes nothing. What is summed up is told in `bot.storage.figure_records`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from bot.coaching import mastery
from bot.coaching.drill_questions import ANSWER
from bot.coaching.mastery import Practice
from bot.coaching.taxonomy import NONE, OBJECTION_TYPES, TECHNIQUES
from bot.services.calendar import WEEK, begin_of, day_of, week_of
from bot.services.tries import Said, of_answer, of_reply
from bot.storage.figure_records import (
    METHOD,
    NAMED,
    PAIR,
    REPLY,
    SESSION,
    SURE,
    TALK,
    TIME,
    TYPE,
    EndedTalk,
    PractisedAnswer,
    PractisedReply,
    PractisedTurn,
    Standing,
    Sum,
)
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

PAUSE: Final = 300
"""Seconds between two turns of a session that count as practice; after a longer pause only so many do."""

Counted = tuple[bool, Sum]
"""What one thing adds to the sums, and whether it was handed in."""


def refresh_for(units: UnitOfWorkFactory, sessions: Collection[int]) -> None:
    """Bring the figures of the trainees of some sessions up to date, for the weeks in which they practised.

    One trainee a transaction, so that nobody who writes waits for long. Raises Unavailable.

    Args:
        sessions: their ids.
    """
    with units(reading=True) as uow:
        moments = uow.figures.moments_of(inside=sessions)
    for trainee, when in moments.items():
        with units() as uow:
            refresh(uow, trainee, {week_of(day_of(moment)) for moment in when})
            uow.commit()


def refresh_within(uow: UnitOfWork, session: int) -> None:
    """Bring the figures of a session's trainee up to date in the transaction that changed the session."""
    for trainee, when in uow.figures.moments_of(inside=[session]).items():
        refresh(uow, trainee, {week_of(day_of(moment)) for moment in when})


def refresh(uow: UnitOfWork, trainee: int, weeks: Collection[int]) -> None:
    """Make some weeks of a trainee and all their standings anew."""
    uow.figures.lock(trainee)
    said = uow.reviews.methods_of(trainee)
    for week in sorted(weeks):
        since, until = begin_of(week), begin_of(week + WEEK)
        counted = (
            *_of_turns(uow.figures.turns_in(trainee, since, until)),
            *_of_replies(uow.figures.replies_of(trainee, since, until), said),
            *_of_answers(uow.figures.answers_of(trainee, since, until), said),
            *_of_talks(uow.figures.talks_in(trainee, since, until)),
        )
        uow.figures.replace_week(trainee, week, _summed(counted))
    tries = [
        *((reply.within.handed_in, of_reply(reply.turn, said)) for reply in uow.figures.replies_of(trainee)),
        *((one.within.handed_in, of_answer(one.answer, said)) for one in uow.figures.answers_of(trainee)),
    ]
    everything = [practice for _, practice in tries]
    handed_in = [practice for shown, practice in tries if shown]
    uow.figures.replace_standings(
        trainee,
        [
            *((False, standing) for standing in _standings(everything)),
            *((True, standing) for standing in _standings(handed_in)),
        ],
    )


def refresh_all(units: UnitOfWorkFactory) -> int:
    """Make everybody's figures anew, one trainee a transaction; returns how many there were."""
    with units(reading=True) as uow:
        everybody = uow.figures.trainees()
    for trainee in everybody:
        with units() as uow:
            moments = uow.figures.moments_of(of=[trainee]).get(trainee, ())
            refresh(uow, trainee, {week_of(day_of(moment)) for moment in moments})
            uow.commit()
    return len(everybody)


def _summed(counted: Iterable[Counted]) -> list[Counted]:
    """Add up what has the same kind and key."""
    sums: dict[tuple[bool, str, str], tuple[int, int, int]] = {}
    for handed_in, one in counted:
        n, hits, total = sums.get((handed_in, one.kind, one.key), (0, 0, 0))
        sums[handed_in, one.kind, one.key] = n + one.n, hits + one.hits, total + one.total
    return [(handed_in, Sum(kind, key, *of)) for (handed_in, kind, key), of in sums.items()]


def _of_turns(turns: Sequence[PractisedTurn]) -> Iterator[Counted]:
    for session in {turn.within for turn in turns}:
        yield session.handed_in, Sum(SESSION, "", 1)
    for before, turn in pairwise((None, *turns)):
        assert turn is not None
        seconds = 0
        if before is not None and before.within == turn.within:
            seconds = min(PAUSE, max(0, _seconds(before.received_at, turn.received_at)))
        yield turn.within.handed_in, Sum(TIME, turn.mode, 1, 0, seconds)
        yield from ((turn.within.handed_in, one) for one in _of_reading(turn.reading or {}))


def _seconds(since: datetime, until: datetime) -> int:
    return round((until - since).total_seconds())


def _of_reading(reading: Mapping[str, Any]) -> Iterator[Sum]:
    ranking = reading.get("ranking")
    if not isinstance(ranking, list) or not ranking:
        return
    label, share = ranking[0]
    unsure = bool(reading.get("unsure"))
    yield Sum(SURE, str(label), 1, int(unsure), round(100 * share))
    if unsure and len(ranking) > 1:
        yield Sum(PAIR, "|".join(sorted((str(label), str(ranking[1][0])))), 1, 1, round(100 * share))


def _of_replies(replies: Iterable[PractisedReply], said: Said) -> Iterator[Counted]:
    for reply in replies:
        yield from _judged(reply.within.handed_in, of_reply(reply.turn, said))


def _of_answers(answers: Iterable[PractisedAnswer], said: Said) -> Iterator[Counted]:
    for one in answers:
        practice = of_answer(one.answer, said)
        if one.answer.kind == ANSWER:
            yield from _judged(one.within.handed_in, practice)
        else:
            yield one.within.handed_in, Sum(NAMED, practice.type, 1, int(practice.succeeded))


def _judged(handed_in: bool, practice: Practice) -> Iterator[Counted]:
    for kind, key in ((REPLY, ""), (TYPE, practice.type), (METHOD, practice.method or NONE)):
        yield handed_in, Sum(kind, key, 1, int(practice.succeeded), practice.score)


def _of_talks(talks: Iterable[EndedTalk]) -> Iterator[Counted]:
    for talk in talks:
        scored = talk.score is not None
        yield talk.within.handed_in, Sum(TALK, talk.outcome, 1, int(scored), talk.score or 0)


def _standings(tries: Sequence[Practice]) -> Iterator[Standing]:
    """Yield the standing with every type and method that was tried, as of the day of its latest try."""
    for kind, keys in ((TYPE, OBJECTION_TYPES), (METHOD, TECHNIQUES)):
        for key in keys:
            of = [one for one in tries if (one.type if kind == TYPE else one.method) == key]
            if of:
                stage = mastery.stage(of, max(one.day for one in of))
                yield Standing(kind, key, stage, len(of), mastery.mean_score(of), mastery.last_success(of))
