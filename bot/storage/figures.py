"""Figures: sums by trainee and week, standings, and the records that both are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, delete, func, insert, literal, select
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.storage.counting import of_answers, of_appeals, of_replies, of_talks, of_turns, terms_for
from bot.storage.edition_records import PREVIEW
from bot.storage.figure_records import (
    COACH,
    DRILL,
    TALK,
    Appealed,
    EndedTalk,
    PractisedAnswer,
    PractisedReply,
    PractisedTurn,
    Standing,
    Sum,
    TraineeStanding,
    TraineeSum,
    WeekSum,
    Within,
)
from bot.storage.figure_tables import figures, standings
from bot.storage.records import ENDED, DrillAnswerRecord, TalkTurnRecord
from bot.storage.repositories import columns_of
from bot.storage.tables import (
    appeals,
    drill_answers,
    sessions,
    talk_events,
    talk_turns,
    talks,
    trainees,
    turns,
)
from bot.storage.tries import Said
from bot.storage.types import Json

_WITHIN: Final = (sessions.c.id.label("in_session"), sessions.c.handed_in_at)
_LATEST: Final = 1000
"""A standing rests on so many of the latest replies and as many answers."""

_PRACTICE: Final = sessions.c.channel != PREVIEW
"""The condition that a session is somebody's practice; trying a draft of the content is not."""

_MODE: Final[Any] = case(
    (drill_answers.c.id.is_not(None), DRILL),
    (talk_turns.c.id.is_not(None) | talk_events.c.id.is_not(None), TALK),
    else_=COACH,
)
_TURNS: Final = (
    select(
        *_WITHIN,
        turns.c.number,
        _MODE.label("mode"),
        turns.c.received_at,
        case((_MODE == COACH, turns.c.reading), else_=None).label("reading"),
    )
    .select_from(turns)
    .join(sessions, sessions.c.id == turns.c.session_id)
    .outerjoin(talk_turns, talk_turns.c.turn_id == turns.c.id)
    .outerjoin(talk_events, talk_events.c.turn_id == turns.c.id)
    .outerjoin(drill_answers, drill_answers.c.turn_id == turns.c.id)
    .where(_PRACTICE)
)


def _replies(**instead: Any) -> Any:
    """Return the query for assessed replies, the latest first, some columns with something else instead."""
    return (
        select(*columns_of(talk_turns, TalkTurnRecord, turn=turns.c.number, **instead), *_WITHIN)
        .join(turns, turns.c.id == talk_turns.c.turn_id)
        .join(sessions, sessions.c.id == turns.c.session_id)
        .where(talk_turns.c.score.is_not(None), _PRACTICE)
        .order_by(talk_turns.c.id.desc())
    )


_REPLIES: Final = _replies()
_COUNTED: Final = _replies(
    **dict.fromkeys(("reply", "line"), literal("")),
    **dict.fromkeys(("assessment", "talk", "course"), literal({}, Json())),
)
"""Replies without their words and the course of the talk, which take most time and count for nothing."""

_ANSWERS: Final = (
    select(*columns_of(drill_answers, DrillAnswerRecord, turn=turns.c.number), *_WITHIN)
    .join(turns, turns.c.id == drill_answers.c.turn_id)
    .join(sessions, sessions.c.id == turns.c.session_id)
    .where(_PRACTICE)
    .order_by(drill_answers.c.id.desc())
)
_TALKS: Final = (
    select(
        talks.c.outcome,
        func.coalesce(talks.c.reviewed_score, talks.c.score).label("score"),
        talks.c.ended_at,
        *_WITHIN,
    )
    .join(sessions, sessions.c.id == talks.c.session_id)
    .where(talks.c.state == ENDED, _PRACTICE)
)
_APPEALS: Final = (
    select(appeals.c.state, appeals.c.appealed_at, *_WITHIN)
    .join(talks, talks.c.id == appeals.c.talk_id)
    .join(sessions, sessions.c.id == talks.c.session_id)
    .where(_PRACTICE)
)


class Figures:
    """What the dashboards show."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def lock(self, trainee: int) -> None:
        """Keep others from making a trainee's figures until this transaction ends."""
        self._connection.execute(select(trainees.c.id).where(trainees.c.id == trainee).with_for_update())

    def trainees(self) -> tuple[int, ...]:
        """Return everybody who has a session."""
        query = select(sessions.c.trainee_id).distinct().order_by(sessions.c.trainee_id)
        return tuple(self._connection.execute(query).scalars())

    def moments_of(
        self, *, inside: Collection[int] | None = None, of: Collection[int] | None = None
    ) -> dict[int, list[datetime]]:
        """Return when somebody said something, by trainee: in some sessions, or in all of some trainees."""
        query = select(sessions.c.trainee_id, turns.c.received_at).join(
            sessions, sessions.c.id == turns.c.session_id
        )
        query = query.where(_PRACTICE)
        if inside is not None:
            query = query.where(sessions.c.id.in_(list(inside)))
        if of is not None:
            query = query.where(sessions.c.trainee_id.in_(list(of)))
        found: dict[int, list[datetime]] = {}
        for row in self._connection.execute(query):
            found.setdefault(row.trainee_id, []).append(row.received_at)
        return found

    def turns_in(self, trainee: int, since: datetime, until: datetime) -> tuple[PractisedTurn, ...]:
        """Return a trainee's turns of a time, session by session in their order."""
        return self._turns(
            sessions.c.trainee_id == trainee,
            sessions.c.active_at >= since,
            sessions.c.opened_at < until,
            turns.c.received_at >= since,
            turns.c.received_at < until,
        )

    def replies_of(
        self, trainee: int, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[PractisedReply, ...]:
        """Return a trainee's assessed replies, oldest first: of a time, or the latest."""
        query = _REPLIES.where(talk_turns.c.trainee_id == trainee)
        rows = self._connection.execute(_between(query, talk_turns.c.said_at, since, until))
        return tuple(reversed([_reply(row) for row in rows]))

    def answers_of(
        self, trainee: int, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[PractisedAnswer, ...]:
        """Return a trainee's answers in drills, oldest first: of a time, or the latest."""
        query = _ANSWERS.where(drill_answers.c.trainee_id == trainee)
        rows = self._connection.execute(_between(query, drill_answers.c.answered_at, since, until))
        return tuple(reversed([_answer(row) for row in rows]))

    def talks_in(self, trainee: int, since: datetime, until: datetime) -> tuple[EndedTalk, ...]:
        """Return the role-plays of a trainee that ended in a time."""
        of = (talks.c.trainee_id == trainee, talks.c.ended_at >= since, talks.c.ended_at < until)
        return self._talks(*of)

    def terms_in(self, ids: Collection[int], said: Said) -> dict[int, set[str]]:
        """Return the terms under which the index finds what is counted in some sessions, by session.

        Args:
            said: the methods that trainers say were used in them.
        """
        wanted = list(ids)
        inside = sessions.c.id.in_(wanted)
        replies = self._connection.execute(_COUNTED.where(inside))
        answers = self._connection.execute(_ANSWERS.where(inside))
        appealed = self._connection.execute(_APPEALS.where(inside))
        return terms_for(
            [
                *of_turns(self._turns(inside)),
                *of_replies(map(_reply, replies), said),
                *of_answers(map(_answer, answers), said),
                *of_talks(self._talks(inside)),
                *of_appeals(Appealed(_within(row), row.state, row.appealed_at) for row in appealed),
            ]
        )

    def _turns(self, *where: Any) -> tuple[PractisedTurn, ...]:
        query = _TURNS.where(*where).order_by(turns.c.session_id, turns.c.number)
        return tuple(
            PractisedTurn(_within(row), row.number, row.mode, row.received_at, row.reading)
            for row in self._connection.execute(query)
        )

    def _talks(self, *where: Any) -> tuple[EndedTalk, ...]:
        rows = self._connection.execute(_TALKS.where(*where))
        return tuple(EndedTalk(_within(row), row.outcome, row.score, row.ended_at) for row in rows)

    def replace_week(self, trainee: int, week: int, sums: Iterable[tuple[bool, Sum]]) -> None:
        """Keep the sums of a trainee's week instead of those that are there; each tells whether handed in."""
        self._connection.execute(
            delete(figures).where(figures.c.trainee_id == trainee, figures.c.week == week)
        )
        rows = [
            {"trainee_id": trainee, "week": week, "handed_in": handed_in, **asdict(one)}
            for handed_in, one in sums
        ]
        if rows:
            self._connection.execute(insert(figures), rows)

    def replace_standings(self, trainee: int, found: Iterable[tuple[bool, Standing]]) -> None:
        """Keep standings instead of the old ones; each tells whether only what was handed in counts."""
        self._connection.execute(delete(standings).where(standings.c.trainee_id == trainee))
        rows = [
            {"trainee_id": trainee, "handed_in_only": handed_in_only, **asdict(one)}
            for handed_in_only, one in found
        ]
        if rows:
            self._connection.execute(insert(standings), rows)

    def weeks(
        self, who: Collection[int] | None, *, since: int, until: int, handed_in_only: bool = False
    ) -> tuple[WeekSum, ...]:
        """Return sums by week over some trainees (None: over all), for the weeks from `since` to `until`."""
        grouped = (figures.c.week, figures.c.kind, figures.c.key)
        query = select(*grouped, *_SUMS).where(*_of(who, since, until, handed_in_only)).group_by(*grouped)
        # by position: a year has thousands of rows, and looking them up by name is most of what they cost
        return tuple(
            WeekSum(week, Sum(kind, key, int(n), int(hits), int(total)))
            for week, kind, key, n, hits, total in self._connection.execute(query).all()
        )

    def by_trainee(
        self,
        who: Collection[int] | None,
        *,
        kinds: Collection[str],
        since: int,
        until: int,
        handed_in_only: bool = False,
    ) -> tuple[TraineeSum, ...]:
        """Return sums of some kinds by trainee, over the weeks from `since` to `until`."""
        grouped = (figures.c.trainee_id, figures.c.kind, figures.c.key)
        query = (
            select(*grouped, *_SUMS)
            .where(*_of(who, since, until, handed_in_only), figures.c.kind.in_(list(kinds)))
            .group_by(*grouped)
        )
        return tuple(TraineeSum(row.trainee_id, _sum(row)) for row in self._connection.execute(query))

    def standings(
        self, who: Collection[int], *, kind: str, handed_in_only: bool = False
    ) -> tuple[TraineeStanding, ...]:
        """Return how far some trainees are with types or with methods."""
        query = select(standings).where(
            standings.c.trainee_id.in_(list(who)),
            standings.c.handed_in_only == handed_in_only,
            standings.c.kind == kind,
        )
        return tuple(
            TraineeStanding(
                row.trainee_id,
                Standing(row.kind, row.key, row.stage, row.tries, row.score, row.success_day),
            )
            for row in self._connection.execute(query)
        )

    def appeals(
        self,
        who: Collection[int] | None,
        *,
        since: datetime,
        until: datetime,
        handed_in_only: bool = False,
    ) -> dict[str, int]:
        """Count the appeals of some trainees in a time, by their state."""
        query = (
            select(appeals.c.state, func.count().label("n"))
            .join(talks, talks.c.id == appeals.c.talk_id)
            .join(sessions, sessions.c.id == talks.c.session_id)
            .where(appeals.c.appealed_at >= since, appeals.c.appealed_at < until, _PRACTICE)
            .group_by(appeals.c.state)
        )
        if who is not None:
            query = query.where(talks.c.trainee_id.in_(list(who)))
        if handed_in_only:
            query = query.where(sessions.c.handed_in_at.is_not(None))
        return {row.state: int(row.n) for row in self._connection.execute(query)}


_SUMS: Final = tuple(func.sum(figures.c[name]).label(name) for name in ("n", "hits", "total"))


def _of(who: Collection[int] | None, since: int, until: int, handed_in_only: bool) -> list[Any]:
    where: list[Any] = [figures.c.week >= since, figures.c.week <= until]
    if who is not None:
        where.append(figures.c.trainee_id.in_(list(who)))
    if handed_in_only:
        where.append(figures.c.handed_in.is_(True))
    return where


def _between(query: Any, moment: Any, since: datetime | None, until: datetime | None) -> Any:
    """Return a query for the rows of a time; without one, for the latest rows."""
    if since is None or until is None:
        return query.limit(_LATEST)
    return query.where(moment >= since, moment < until)


def _within(row: Row) -> Within:
    return Within(row.in_session, row.handed_in_at is not None)


def _reply(row: Row) -> PractisedReply:
    values = _besides(row)
    turn = TalkTurnRecord(**{**values, "superseded": bool(values["superseded"])})
    return PractisedReply(_within(row), turn)


def _answer(row: Row) -> PractisedAnswer:
    values = _besides(row)
    answer = DrillAnswerRecord(**{**values, "correct": bool(values["correct"])})
    return PractisedAnswer(_within(row), answer)


def _besides(row: Row) -> dict[str, Any]:
    """Return the columns of a row that say nothing about its session."""
    return {key: value for key, value in row._mapping.items() if key not in ("in_session", "handed_in_at")}


def _sum(row: Row) -> Sum:
    return Sum(row.kind, row.key, int(row.n), int(row.hits), int(row.total))
