"""Figuring: what a team's practice, or one trainee's, adds up to, for those who train them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.coaching import mastery
from bot.coaching.taxonomy import OBJECTION_TYPES, TECHNIQUES
from bot.services.access import ADMIN, Person
from bot.services.calendar import WEEK, begin_of, day_of, week_of
from bot.services.errors import NotFound
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
    Sum,
    TraineeStanding,
    TraineeSum,
    WeekSum,
)
from bot.storage.people_records import TeamRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

WEEKS: Final[tuple[int, ...]] = (4, 12, 26, 52)
"""The periods that can be chosen, in weeks up to and with this one."""

SHOWN: Final = 60
"""At most so many trainees stand in the heat map, those who practised most."""

RANKED_FROM: Final = 5
"""Replies from which a trainee is ranked on the leaderboard."""

_PAIRS: Final = 8


@dataclass(frozen=True)
class Tally:
    """A sum with its name: how many, how many succeeded (or were so), and the mean of their totals."""

    key: str
    n: int
    hits: int
    total: int

    @property
    def mean(self) -> int | None:
        """Points, or percent, on average."""
        return round(self.total / self.n) if self.n else None

    @property
    def missed(self) -> int:
        """How many did not succeed."""
        return self.n - self.hits

    @property
    def share(self) -> int:
        """How many of a hundred succeeded."""
        return round(100 * self.hits / self.n) if self.n else 0


@dataclass(frozen=True)
class Week:
    """A week of the curve; `day` is the ordinal of its Monday."""

    day: int
    replies: Tally
    seconds: int


@dataclass(frozen=True)
class Cell:
    """How far a trainee is with a type or a method."""

    stage: str
    level: int
    tries: int
    score: int | None


@dataclass(frozen=True)
class Row:
    """A trainee in the heat map, with what they practised in the period."""

    trainee: int
    name: str
    cells: Mapping[str, Cell]
    replies: Tally
    seconds: int
    sessions: int


@dataclass(frozen=True)
class Figures:
    """What the practice of some trainees adds up to in a period.

    Attributes:
        since, until: the ordinals of the period's first and last day.
        types, methods: replies by objection type and by method; named: what was named in drills, by type.
        talks: role-plays by outcome; modes: practice by mode, the total in seconds.
        sure: readings of the model by label (hits are the unsure ones, the mean is in percent).
        pairs: the labels that the model takes for each other.
        appeals: how many, by state.
    """

    since: int
    until: int
    replies: Tally
    sessions: int
    seconds: int
    weeks: tuple[Week, ...]
    types: tuple[Tally, ...]
    methods: tuple[Tally, ...]
    named: Mapping[str, Tally]
    talks: tuple[Tally, ...]
    modes: tuple[Tally, ...]
    sure: tuple[Tally, ...]
    pairs: tuple[Tally, ...]
    appeals: Mapping[str, int]


@dataclass(frozen=True)
class TeamFigures:
    """A dashboard; `team` is None for everybody's practice, `more` counts the trainees who are left out."""

    teams: tuple[TeamRecord, ...]
    team: TeamRecord | None
    handed_in_only: bool
    period: int
    figures: Figures
    rows: tuple[Row, ...]
    more: int
    ranking: tuple[Row, ...]


@dataclass(frozen=True)
class PersonFigures:
    """A trainee's page for those who train them."""

    team: TeamRecord | None
    handed_in_only: bool
    period: int
    figures: Figures
    trainee: int
    name: str
    types: Mapping[str, Cell]
    methods: Mapping[str, Cell]


def team_figures(
    units: UnitOfWorkFactory, *, person: Person, team: int | None, period: int, now: datetime
) -> TeamFigures:
    """Return a team's dashboard; without a team the first one's, for an admin everybody's if there is none.

    Raises NotFound (a team of others), Unavailable.

    Args:
        team: its id; 0 stands for everybody's practice, which only admins may see.
        period: weeks; one of `WEEKS`.
    """
    with units() as uow:
        teams = uow.teams.of_person(person)
        chosen = _chosen(person, teams, team)
        uow.audit.add(person.account, "figures", "team", chosen.id if chosen else "", now=now)
        uow.commit()
    with units(reading=True) as uow:
        who = _trained(uow, person, chosen)
        handed_in_only = _handed_in_only(person, chosen)
        figures = _figures(uow, who, period, now, handed_in_only)
        rows = _rows(uow, person, who, figures, now, handed_in_only)
    return TeamFigures(
        teams=teams,
        team=chosen,
        handed_in_only=handed_in_only,
        period=period,
        figures=figures,
        rows=tuple(sorted(rows[:SHOWN], key=lambda row: (row.name, row.trainee))),
        more=max(0, len(rows) - SHOWN),
        ranking=_ranking(rows) if chosen is not None and chosen.leaderboard else (),
    )


def person_figures(
    units: UnitOfWorkFactory, *, person: Person, trainee: int, team: int | None, period: int, now: datetime
) -> PersonFigures:
    """Return a trainee's page for somebody who trains them; raises NotFound, Unavailable.

    Args:
        team: in which team they are looked at; without one, in the one that shows most.
    """
    with units(reading=True) as uow:
        chosen = _team_of(uow, person, trainee, team)
        handed_in_only = _handed_in_only(person, chosen)
        figures = _figures(uow, [trainee], period, now, handed_in_only)
        cells = {
            kind: _cells(uow.figures.standings([trainee], kind=kind, handed_in_only=handed_in_only), now)
            for kind in (TYPE, METHOD)
        }
        name = uow.sight.names(person, [trainee]).get(trainee, "")
    with units() as uow:
        uow.audit.add(person.account, "figures", "trainee", trainee, now=now)
        uow.commit()
    return PersonFigures(
        team=chosen,
        handed_in_only=handed_in_only,
        period=period,
        figures=figures,
        trainee=trainee,
        name=name,
        types=cells[TYPE].get(trainee, {}),
        methods=cells[METHOD].get(trainee, {}),
    )


def _chosen(person: Person, teams: Sequence[TeamRecord], team: int | None) -> TeamRecord | None:
    if team is None:
        if not teams and person.role != ADMIN:
            raise NotFound
        return teams[0] if teams else None
    if team == 0 and person.role == ADMIN:
        return None
    found = next((one for one in teams if one.id == team), None)
    if found is None:
        raise NotFound
    return found


def _trained(uow: UnitOfWork, person: Person, team: TeamRecord | None) -> tuple[int, ...] | None:
    return None if team is None else uow.sight.trainees(person, team.id)


def _handed_in_only(person: Person, team: TeamRecord | None) -> bool:
    return team is not None and team.private and person.role != ADMIN


def _team_of(uow: UnitOfWork, person: Person, trainee: int, team: int | None) -> TeamRecord | None:
    if person.role == ADMIN and not team:
        if trainee not in uow.sight.trainees(person):
            raise NotFound
        return None
    inside = [
        one
        for one in uow.teams.of_person(person)
        if (not team or one.id == team) and trainee in uow.sight.trainees(person, one.id)
    ]
    if not inside:
        raise NotFound
    return min(inside, key=lambda one: one.private)


def _figures(
    uow: UnitOfWork, who: Collection[int] | None, period: int, now: datetime, handed_in_only: bool
) -> Figures:
    last = week_of(day_of(now))
    first = last - WEEK * (period - 1)
    found = uow.figures.weeks(who, since=first, until=last, handed_in_only=handed_in_only)
    replies = _added(found, REPLY).get("", Tally("", 0, 0, 0))
    modes = _added(found, TIME)
    return Figures(
        since=first,
        until=last + WEEK - 1,
        replies=replies,
        sessions=sum(one.sum.n for one in found if one.sum.kind == SESSION),
        seconds=sum(mode.total for mode in modes.values()),
        weeks=_weeks(found, first, last),
        types=_by_missed(_added(found, TYPE).values()),
        methods=_by_number(_added(found, METHOD).values()),
        named=_added(found, NAMED),
        talks=_by_number(_added(found, TALK).values()),
        modes=_by_number(modes.values()),
        sure=tuple(sorted(_added(found, SURE).values(), key=lambda one: (one.mean or 0, one.key))),
        pairs=_by_number(_added(found, PAIR).values())[:_PAIRS],
        appeals=uow.figures.appeals(
            who, since=begin_of(first), until=begin_of(last + WEEK), handed_in_only=handed_in_only
        ),
    )


def _added(found: Iterable[WeekSum], kind: str) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for one in found:
        if one.sum.kind == kind:
            before = tallies.get(one.sum.key, Tally(one.sum.key, 0, 0, 0))
            tallies[one.sum.key] = _plus(before, one.sum)
    return tallies


def _plus(tally: Tally, more: Sum) -> Tally:
    return Tally(tally.key, tally.n + more.n, tally.hits + more.hits, tally.total + more.total)


def _weeks(found: Iterable[WeekSum], first: int, last: int) -> tuple[Week, ...]:
    replies = {one.week: one.sum for one in found if one.sum.kind == REPLY}
    seconds: dict[int, int] = {}
    for one in found:
        if one.sum.kind == TIME:
            seconds[one.week] = seconds.get(one.week, 0) + one.sum.total
    nothing = Sum(REPLY, "")
    return tuple(
        Week(day, _plus(Tally("", 0, 0, 0), replies.get(day, nothing)), seconds.get(day, 0))
        for day in range(first, last + 1, WEEK)
    )


def _by_missed(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda one: (-one.missed, one.mean or 0, one.key)))


def _by_number(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda one: (-one.n, one.key)))


def _rows(
    uow: UnitOfWork,
    person: Person,
    who: Collection[int] | None,
    figures: Figures,
    now: datetime,
    handed_in_only: bool,
) -> list[Row]:
    """Return the trainees, those with most replies first; where `who` is None, only those who practised."""
    found = uow.figures.by_trainee(
        who,
        kinds=(REPLY, TIME, SESSION),
        since=figures.since,
        until=figures.until,
        handed_in_only=handed_in_only,
    )
    practised: dict[int, list[TraineeSum]] = {}
    for one in found:
        practised.setdefault(one.trainee, []).append(one)
    replies = {trainee: _of(sums, REPLY) for trainee, sums in practised.items()}
    everybody = sorted(
        practised if who is None else who,
        key=lambda trainee: (-replies[trainee].n if trainee in replies else 0, trainee),
    )
    shown = everybody[:SHOWN]
    cells = _cells(uow.figures.standings(shown, kind=TYPE, handed_in_only=handed_in_only), now)
    names = uow.sight.names(person, everybody if who is not None else shown)
    return [
        Row(
            trainee=trainee,
            name=names.get(trainee, ""),
            cells=cells.get(trainee, {}),
            replies=replies.get(trainee, Tally("", 0, 0, 0)),
            seconds=_of(practised.get(trainee, ()), TIME).total,
            sessions=_of(practised.get(trainee, ()), SESSION).n,
        )
        for trainee in everybody
    ]


def _of(sums: Iterable[TraineeSum], kind: str) -> Tally:
    tally = Tally(kind, 0, 0, 0)
    for one in sums:
        if one.sum.kind == kind:
            tally = _plus(tally, one.sum)
    return tally


def _cells(found: Iterable[TraineeStanding], now: datetime) -> dict[int, dict[str, Cell]]:
    today = day_of(now)
    cells: dict[int, dict[str, Cell]] = {}
    for one in found:
        standing = one.standing
        if standing.key in (*OBJECTION_TYPES, *TECHNIQUES):
            stage = mastery.faded(standing.stage, standing.success_day, today)
            level = mastery.STAGES.index(stage) + 1
            cells.setdefault(one.trainee, {})[standing.key] = Cell(
                stage, level, standing.tries, standing.score
            )
    return cells


def _ranking(rows: Iterable[Row]) -> tuple[Row, ...]:
    ranked = [row for row in rows if row.replies.n >= RANKED_FROM]
    return tuple(sorted(ranked, key=lambda row: (-(row.replies.mean or 0), -row.replies.n, row.name)))
