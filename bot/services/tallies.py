"""Figures brought up to date: a trainee's weeks summed and their standings told anew, from what is on record.

Making figures twice changes nothing. What is summed up is told in `bot.storage.figure_records`, how
in `bot.storage.counting`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from bot.coaching import mastery
from bot.coaching.mastery import Practice
from bot.coaching.taxonomy import OBJECTION_TYPES, TECHNIQUES
from bot.services.calendar import WEEK, begin_of, day_of, week_of
from bot.storage.counting import SUMMED, Counted, of_answers, of_replies, of_talks, of_turns
from bot.storage.figure_records import METHOD, TYPE, Standing, Sum
from bot.storage.tries import of_answer, of_reply
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


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
            *of_turns(uow.figures.turns_in(trainee, since, until)),
            *of_replies(uow.figures.replies_of(trainee, since, until), said),
            *of_answers(uow.figures.answers_of(trainee, since, until), said),
            *of_talks(uow.figures.talks_in(trainee, since, until)),
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


def _summed(counted: Iterable[Counted]) -> list[tuple[bool, Sum]]:
    """Add up what has the same kind and key, each with whether it was handed in."""
    sums: dict[tuple[bool, str, str], tuple[int, int, int]] = {}
    for one in counted:
        if one.sum.kind in SUMMED:
            place = one.within.handed_in, one.sum.kind, one.sum.key
            n, hits, total = sums.get(place, (0, 0, 0))
            sums[place] = n + one.sum.n, hits + one.sum.hits, total + one.sum.total
    return [(handed_in, Sum(kind, key, *of)) for (handed_in, kind, key), of in sums.items()]


def _standings(tries: Sequence[Practice]) -> Iterator[Standing]:
    """Yield the standing with every type and method that was tried, as of the day of its latest try."""
    for kind, keys in ((TYPE, OBJECTION_TYPES), (METHOD, TECHNIQUES)):
        for key in keys:
            of = [one for one in tries if (one.type if kind == TYPE else one.method) == key]
            if of:
                stage = mastery.stage(of, max(one.day for one in of))
                yield Standing(kind, key, stage, len(of), mastery.mean_score(of), mastery.last_success(of))
