"""What trainers set, for whom, and who has done it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.future import Engine

from bot.coaching.assignment import FAILED, OPEN, OVERDUE, PASSED
from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.assigning import (
    Wish,
    overview,
    overviews,
    own_homework,
    set_assignment,
    withdraw_assignment,
)
from bot.services.errors import NotFound, Refused
from bot.storage.tables import drill_answers, drills, sessions, talks
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .test_people import member, practised, team

SCENARIOS = ("alarm_loud", "car_ask_wife")
DUE = NOW + timedelta(days=7)
LATER = NOW + timedelta(days=8)


class Company:
    """A team with a trainer and two trainees, and another trainer who has nothing to do with it."""

    def __init__(self, units: UnitOfWorkFactory, **settings: bool) -> None:
        self.units = units
        self.team = team(units, "north", **settings)
        self.rep, self.colleague = (member(units, name, TRAINEE, self.team) for name in ("rep", "colleague"))
        self.trainer = member(units, "trainer", TRAINER, self.team)
        self.stranger = member(units, "stranger", TRAINER, team(units, "south"))
        self.wish = Wish(self.team, "scenario", "First week", SCENARIOS, due_at=DUE)

    def set(self, by: Person | None = None, **changes: Any) -> int:
        wish = replace(self.wish, **changes)
        return set_assignment(self.units, person=by or self.trainer, wish=wish, scenarios=SCENARIOS, now=NOW)

    def state_of(self, person: Person, now: datetime = NOW) -> str:
        return own_homework(self.units, person=person, now=now)[0].standing.state


@pytest.fixture
def company(units: UnitOfWorkFactory) -> Company:
    return Company(units)


def play(
    engine: Engine,
    units: UnitOfWorkFactory,
    person: Person,
    scenario: str,
    score: int | None,
    when: datetime = NOW,
    reviewed: int | None = None,
) -> None:
    """Record a talk that has ended."""
    session = practised(units, person)
    with units(reading=True) as uow:
        found = uow.sessions.find(session.public_id)
    assert found is not None
    row = {
        "session_id": found.id,
        "trainee_id": found.trainee_id,
        "scenario": scenario,
        "lang": "zh",
        "level": "novice",
        "mode": "seller",
        "seed": 1,
        "versions": {},
        "state": "ended",
        "outcome": "agreed",
        "score": score,
        "reviewed_score": reviewed,
        "started_at": when,
        "ended_at": when + timedelta(minutes=5),
    }
    with engine.begin() as connection:
        connection.execute(insert(talks).values(**row))


def drill(
    engine: Engine, units: UnitOfWorkFactory, person: Person, *answers: tuple[str, str, bool, int | None]
) -> None:
    """Record a drill that has ended."""
    session = practised(units, person)
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        turns = [
            uow.turns.receive(found, message_id=f"m{n}", kind="text", text="x", now=NOW).id
            for n in range(len(answers))
        ]
        made = uow.drills.start(found, question={}, ends_at=LATER, now=NOW)
        uow.drills.end(made, now=NOW)
        uow.commit()
    with engine.begin() as connection:
        connection.execute(update(drills).values(state="ended"))
        for turn, (type_, method, correct, score) in zip(turns, answers, strict=True):
            row = {"drill_id": made.id, "trainee_id": found.trainee_id, "turn_id": turn, "type": type_}
            row |= {"method": method, "kind": "answer", "asked": "a", "given": "b", "correct": int(correct)}
            connection.execute(insert(drill_answers).values(**row, score=score, data={}, answered_at=NOW))


def test_a_whole_team_has_it_and_who_joins_later_too(company: Company) -> None:
    company.set()
    late = member(company.units, "late", TRAINEE, company.team)
    for person in (company.rep, company.colleague, late):
        assert [one.assignment.title for one in own_homework(company.units, person=person, now=NOW)] == [
            "First week"
        ]
    assert own_homework(company.units, person=company.trainer, now=NOW) == ()
    found = overviews(company.units, person=company.trainer, now=NOW)[0]
    assert {row.name for row in found.rows} == {"rep", "colleague", "late"}


def test_only_who_is_named_has_it(company: Company) -> None:
    assert company.rep.account is not None
    company.set(people=(company.rep.account,))
    assert len(own_homework(company.units, person=company.rep, now=NOW)) == 1
    assert own_homework(company.units, person=company.colleague, now=NOW) == ()


def test_all_scenarios_have_to_be_passed_after_it_was_set(company: Company, engine: Engine) -> None:
    units, rep = company.units, company.rep
    company.set()
    play(engine, units, rep, "alarm_loud", 99, when=NOW - timedelta(days=1))
    assert company.state_of(rep) == OPEN
    play(engine, units, rep, "alarm_loud", 65)
    play(engine, units, rep, "car_ask_wife", 64)
    assert company.state_of(rep) == OPEN and company.state_of(rep, LATER) == OVERDUE
    play(engine, units, rep, "car_ask_wife", 80)
    assert company.state_of(rep, LATER) == PASSED
    assert company.state_of(company.colleague) == OPEN
    counts = overviews(units, person=company.trainer, now=LATER)[0].counts
    assert counts == {PASSED: 1, OVERDUE: 1}


def test_a_score_that_a_trainer_gave_is_the_one_that_counts(company: Company, engine: Engine) -> None:
    company.set(scenarios=("alarm_loud",))
    play(engine, company.units, company.rep, "alarm_loud", 30, reviewed=70)
    play(engine, company.units, company.colleague, "alarm_loud", 90, reviewed=20)
    assert company.state_of(company.rep) == PASSED and company.state_of(company.colleague) == OPEN


def test_attempts_run_out(company: Company, engine: Engine) -> None:
    company.set(scenarios=("alarm_loud",), attempts=1)
    play(engine, company.units, company.rep, "alarm_loud", 30)
    play(engine, company.units, company.rep, "alarm_loud", 90, when=NOW + timedelta(hours=1))
    assert company.state_of(company.rep) == FAILED


def test_a_drill_set_is_passed_by_one_good_drill(company: Company, engine: Engine) -> None:
    company.set(kind="drill", types=("price",), answers=2)
    drill(engine, company.units, company.rep, ("price", "inquiry", True, None), ("need", "inquiry", True, 90))
    assert company.state_of(company.rep) == OPEN
    drill(
        engine, company.units, company.rep, ("price", "inquiry", True, None), ("price", "tai_chi", False, 50)
    )
    assert company.state_of(company.rep) == PASSED


def test_in_a_private_team_trainers_see_what_was_handed_in(units: UnitOfWorkFactory, engine: Engine) -> None:
    company, boss = Company(units, private=True), member(units, "boss", ADMIN)
    id_ = company.set(scenarios=("alarm_loud",))
    play(engine, units, company.rep, "alarm_loud", 90)
    drills_ = company.set(kind="drill", types=("price",), answers=1)
    drill(engine, units, company.rep, ("price", "inquiry", True, None))

    def standing(person: Person, assignment: int) -> tuple[str, bool]:
        found = overview(units, person=person, assignment=assignment, now=NOW)
        row = next(row for row in found.rows if row.account == company.rep.account)
        assert found.handed_in_only == (person == company.trainer)
        return row.standing.state, bool(row.standing.best or row.standing.used)

    for assignment in (id_, drills_):
        assert standing(company.trainer, assignment) == (OPEN, False)
        assert standing(boss, assignment)[0] == PASSED
    assert {one.standing.state for one in own_homework(units, person=company.rep, now=NOW)} == {PASSED}
    with engine.begin() as connection:
        connection.execute(update(sessions).values(handed_in_at=NOW))
    for assignment in (id_, drills_):
        assert standing(company.trainer, assignment)[0] == PASSED


def test_only_who_trains_the_team_sets_sees_and_withdraws(company: Company) -> None:
    units = company.units
    id_ = company.set()
    boss = member(units, "boss", ADMIN)
    for person in (company.stranger, company.rep):
        with pytest.raises(NotFound):
            company.set(by=person)
        with pytest.raises(NotFound):
            overview(units, person=person, assignment=id_, now=NOW)
        with pytest.raises(NotFound):
            withdraw_assignment(units, person=person, assignment=id_, now=NOW)
        assert overviews(units, person=person, now=NOW) == ()
    assert overview(units, person=boss, assignment=id_, now=NOW).rows
    withdraw_assignment(units, person=boss, assignment=id_, now=NOW)
    assert own_homework(units, person=company.rep, now=NOW) == ()
    with pytest.raises(NotFound):
        overview(units, person=boss, assignment=id_, now=NOW)


def test_pseudonyms_hold_here_too(units: UnitOfWorkFactory) -> None:
    company = Company(units, pseudonyms=True)
    id_ = company.set()
    names = {row.name for row in overview(units, person=company.trainer, assignment=id_, now=NOW).rows}
    assert len(names) == 2 and not names & {"rep", "colleague"}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("kind", {"kind": "exam"}),
        ("title", {"title": " "}),
        ("title", {"title": "x" * 121}),
        ("scenarios", {"scenarios": ()}),
        ("scenarios", {"scenarios": ("no_such",)}),
        ("types", {"kind": "drill", "types": ("nonsense",)}),
        ("methods", {"kind": "drill", "methods": ("rebuttal",)}),
        ("answers", {"kind": "drill", "answers": 0}),
        ("people", {"people": (10_000,)}),
        ("due_at", {"due_at": NOW}),
        ("pass_mark", {"pass_mark": 101}),
        ("attempts", {"attempts": -1}),
    ],
)
def test_what_makes_no_sense_is_refused(company: Company, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=field):
        company.set(**changes)
    assert overviews(company.units, person=company.trainer, now=NOW) == ()
