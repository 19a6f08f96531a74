"""Assigning: scenarios or drill sets to practise, for people or a whole team, and who has done them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.coaching.assignment import Standing
from bot.coaching.taxonomy import MAIN_METHODS, OBJECTION_TYPES
from bot.services.access import ADMIN, TRAINEE, Person
from bot.services.errors import NotFound, Refused
from bot.services.homework import Homework, homework_of, standings
from bot.storage.assignments import DRILL, KINDS, SCENARIO, AssignmentRecord
from bot.storage.people_records import AccountRecord, TeamRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

TITLE_LIMIT: Final = 120
MOST_SCENARIOS: Final = 10
MOST_ATTEMPTS: Final = 20
MOST_ANSWERS: Final = 20


@dataclass(frozen=True)
class Wish:
    """What a trainer wants to set; ids and numbers as they came in.

    Attributes:
        people: accounts; none for the whole team.
        types, methods: of a drill set; none for all.
        answers: how many of them a drill needs to count.
        attempts: how many tries count; 0 for any number.
    """

    team: int
    kind: str
    title: str
    scenarios: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    answers: int = 5
    people: tuple[int, ...] = ()
    due_at: datetime | None = None
    pass_mark: int = 65
    attempts: int = 0


@dataclass(frozen=True)
class Row:
    """How one person stands with an assignment, as the trainer may see it; so is the name."""

    account: int
    trainee: int
    name: str
    standing: Standing


@dataclass(frozen=True)
class Overview:
    """An assignment and everybody who has it; in a private team trainers see what was handed in only."""

    assignment: AssignmentRecord
    rows: tuple[Row, ...]
    handed_in_only: bool = False

    @property
    def counts(self) -> Mapping[str, int]:
        """How many people are in each state."""
        found: dict[str, int] = {}
        for row in self.rows:
            found[row.standing.state] = found.get(row.standing.state, 0) + 1
        return found


def set_assignment(
    units: UnitOfWorkFactory, *, person: Person, wish: Wish, scenarios: Collection[str], now: datetime
) -> int:
    """Set an assignment and return its id; `scenarios` are those that there are.

    Raises NotFound (team), Refused (kind, title, scenarios, types, methods, answers, people, due_at,
    pass_mark, attempts).
    """
    target = _target(wish, scenarios)
    title = " ".join(wish.title.split())
    if not 1 <= len(title) <= TITLE_LIMIT:
        raise Refused("title")
    if wish.due_at is not None and wish.due_at <= now:
        raise Refused("due_at")
    if not 0 <= wish.pass_mark <= 100:
        raise Refused("pass_mark")
    if not 0 <= wish.attempts <= MOST_ATTEMPTS:
        raise Refused("attempts")
    with units() as uow:
        _team(uow, person, wish.team)
        inside = {one.id for one in uow.accounts.all(teams=[wish.team]) if one.role == TRAINEE}
        if not set(wish.people) <= inside:
            raise Refused("people")
        assert person.account is not None
        id_ = uow.assignments.add(
            team=wish.team,
            kind=wish.kind,
            title=title,
            target=target,
            people=wish.people,
            due_at=wish.due_at,
            pass_mark=wish.pass_mark,
            attempts=wish.attempts,
            set_by=person.account,
            now=now,
        )
        uow.audit.add(person.account, "assign", "assignment", id_, now=now, detail={"team": wish.team})
        uow.commit()
    return id_


def withdraw_assignment(units: UnitOfWorkFactory, *, person: Person, assignment: int, now: datetime) -> None:
    """Take an assignment of one of one's teams back; raises NotFound."""
    with units() as uow:
        found = _assignment(uow, person, assignment)
        uow.assignments.withdraw(found.id, now)
        uow.audit.add(person.account, "withdraw", "assignment", found.id, now=now)
        uow.commit()


def overviews(units: UnitOfWorkFactory, *, person: Person, now: datetime) -> tuple[Overview, ...]:
    """Return what stands for the teams that a person trains, with everybody's standing, the newest first."""
    with units(reading=True) as uow:
        teams = [team.id for team in uow.teams.of_person(person)] if person.trains else []
        found = tuple(_overview(uow, person, found, now) for found in uow.assignments.of_teams(teams))
    _note(units, person, "list", "assignments", "", now)
    return found


def overview(units: UnitOfWorkFactory, *, person: Person, assignment: int, now: datetime) -> Overview:
    """Return one assignment with everybody's standing; raises NotFound."""
    with units(reading=True) as uow:
        found = _overview(uow, person, _assignment(uow, person, assignment), now)
    _note(units, person, "read", "assignment", assignment, now)
    return found


def own_homework(units: UnitOfWorkFactory, *, person: Person, now: datetime) -> tuple[Homework, ...]:
    """Return what somebody has been set themselves."""
    if person.account is None:
        return ()
    with units(reading=True) as uow:
        trainee = uow.trainees.of_account(person.account)
        return () if trainee is None else homework_of(uow, trainee.id, now)


def assignable(
    units: UnitOfWorkFactory, *, person: Person
) -> tuple[tuple[TeamRecord, ...], Mapping[int, Sequence[AccountRecord]]]:
    """Return the teams in which a person may set something, and the trainees of each as they know them."""
    with units(reading=True) as uow:
        teams = uow.teams.of_person(person) if person.trains else ()
        members = {
            team.id: uow.sight.accounts(
                person, (one for one in uow.accounts.all(teams=[team.id]) if one.role == TRAINEE)
            )
            for team in teams
        }
    return teams, members


def _target(wish: Wish, scenarios: Collection[str]) -> dict[str, Any]:
    if wish.kind not in KINDS:
        raise Refused("kind")
    if wish.kind == SCENARIO:
        chosen = list(dict.fromkeys(wish.scenarios))
        if not 1 <= len(chosen) <= MOST_SCENARIOS or not set(chosen) <= set(scenarios):
            raise Refused("scenarios")
        return {"scenarios": chosen}
    assert wish.kind == DRILL
    if not set(wish.types) <= set(OBJECTION_TYPES):
        raise Refused("types")
    if not set(wish.methods) <= set(MAIN_METHODS):
        raise Refused("methods")
    if not 1 <= wish.answers <= MOST_ANSWERS:
        raise Refused("answers")
    return {"types": list(wish.types), "methods": list(wish.methods), "answers": wish.answers}


def _team(uow: UnitOfWork, person: Person, team: int) -> None:
    allowed = person.role == ADMIN or (person.trains and team in person.teams)
    if not allowed or uow.teams.find(team) is None:
        raise NotFound


def _assignment(uow: UnitOfWork, person: Person, id_: int) -> AssignmentRecord:
    found = uow.assignments.find(id_)
    if found is None or found.withdrawn_at is not None or not person.trains:
        raise NotFound
    _team(uow, person, found.team_id)
    return found


def _note(
    units: UnitOfWorkFactory, person: Person, action: str, subject: str, of: object, now: datetime
) -> None:
    """Write into the audit log who saw how others stand."""
    with units() as uow:
        uow.audit.add(person.account, action, subject, of, now=now)
        uow.commit()


def _overview(uow: UnitOfWork, person: Person, assignment: AssignmentRecord, now: datetime) -> Overview:
    people = uow.assignments.people(assignment)
    trainees = sorted(people.values())
    names = uow.sight.names(person, trainees)
    found = standings(uow, assignment, trainees, now, seen_by=person)
    rows = [Row(account, trainee, names[trainee], found[trainee]) for account, trainee in people.items()]
    team = uow.teams.find(assignment.team_id)
    handed_in_only = team is not None and team.private and person.role != ADMIN
    return Overview(assignment, tuple(sorted(rows, key=lambda row: row.name)), handed_in_only)
