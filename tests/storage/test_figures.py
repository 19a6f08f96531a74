"""Figures on both databases: what is summed, for whom, and that making them again changes nothing."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlalchemy.future import Engine

from bot.coaching import mastery
from bot.services.calendar import WEEK, begin_of, day_of, week_of
from bot.services.tallies import refresh, refresh_all, refresh_for
from bot.storage.counting import PAUSE
from bot.storage.figure_records import (
    COACH,
    DRILL,
    METHOD,
    NAMED,
    PAIR,
    REPLY,
    SESSION,
    SURE,
    TALK,
    TIME,
    TYPE,
    Standing,
    Sum,
    TraineeSum,
)
from bot.storage.unit_of_work import UnitOfWorkFactory

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from practised import GAP, Practice

pytestmark = pytest.mark.filterwarnings("error")

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=timezone.utc)
THIS_WEEK = week_of(day_of(NOON))
ALWAYS = {"since": 1, "until": 3_000_000}


def trainee_of(units: UnitOfWorkFactory, practice: Practice) -> int:
    with units(reading=True) as uow:
        found = uow.sessions.find(practice.session.public_id)
        assert found is not None
        return found.trainee_id


def refresh_session(units: UnitOfWorkFactory, practice: Practice) -> None:
    with units(reading=True) as uow:
        found = uow.sessions.find(practice.session.public_id)
        assert found is not None
    refresh_for(units, [found.id])


def sums(
    units: UnitOfWorkFactory, handed_in_only: bool = False
) -> dict[tuple[int, str, str], tuple[int, ...]]:
    with units(reading=True) as uow:
        found = uow.figures.weeks(None, since=1, until=3_000_000, handed_in_only=handed_in_only)
    return {(w.week - THIS_WEEK, w.sum.kind, w.sum.key): (w.sum.n, w.sum.hits, w.sum.total) for w in found}


def test_a_session_is_summed_by_what_was_practised(units: UnitOfWorkFactory) -> None:
    practice = Practice(units, "key", NOON)
    practice.line("太贵了", "price", share=0.8)
    practice.line("再说吧", "timing", share=0.4, unsure=True)
    practice.reply("price", "yes_if", 80)
    practice.reply("price", "none", 40)
    practice.end("agreed", 60)
    practice.drill("need", "inquiry", "type", correct=True)
    practice.drill("need", "inquiry", "method", correct=False)
    refresh_session(units, practice)
    assert sums(units) == {
        (0, SESSION, ""): (1, 0, 0),
        (0, TIME, COACH): (2, 0, 30),
        (0, TIME, TALK): (2, 0, 60),
        (0, TIME, DRILL): (2, 0, 60),
        (0, SURE, "price"): (1, 0, 80),
        (0, SURE, "timing"): (1, 1, 40),
        (0, PAIR, "none|timing"): (1, 1, 40),
        (0, REPLY, ""): (2, 1, 120),
        (0, TYPE, "price"): (2, 1, 120),
        (0, METHOD, "yes_if"): (1, 1, 80),
        (0, METHOD, "none"): (1, 0, 40),
        (0, TALK, "agreed"): (1, 1, 60),
        (0, NAMED, "need"): (2, 1, 0),
    }


def test_making_figures_again_changes_nothing(units: UnitOfWorkFactory) -> None:
    practice = Practice(units, "key", NOON)
    practice.reply("price", "yes_if", 80)
    refresh_session(units, practice)
    before = sums(units)
    for _ in range(2):
        refresh_session(units, practice)
        assert refresh_all(units) == 1
        assert sums(units) == before


def test_each_week_has_its_own_sums_and_a_change_of_one_leaves_the_other(units: UnitOfWorkFactory) -> None:
    last = Practice(units, "key", NOON - timedelta(days=WEEK))
    last.reply("price", "yes_if", 80)
    this = Practice(units, "key", NOON)
    this.reply("need", "inquiry", 50)
    refresh_all(units)
    this.reply("need", "inquiry", 90)
    refresh_session(units, this)
    found = sums(units)
    assert found[-WEEK, TYPE, "price"] == (1, 1, 80)
    assert found[0, TYPE, "need"] == (2, 1, 140)
    assert (0, TYPE, "price") not in found


def test_a_session_that_goes_on_in_another_week_counts_where_it_began(units: UnitOfWorkFactory) -> None:
    practice = Practice(units, "key", NOON)
    practice.reply("price", "yes_if", 80)
    practice.now += timedelta(days=2 * WEEK)
    practice.reply("price", "yes_if", 60)
    refresh_session(units, practice)
    found = sums(units)
    assert {week: sums for (week, kind, _), sums in found.items() if kind == SESSION} == {0: (1, 0, 0)}
    assert {week for week, kind, _ in found if kind == REPLY} == {0, 2 * WEEK}


def test_a_long_pause_is_not_practice(units: UnitOfWorkFactory) -> None:
    practice = Practice(units, "key", NOON)
    practice.reply("price", "yes_if", 80)
    practice.now += timedelta(hours=2)
    practice.reply("price", "yes_if", 80)
    practice.reply("price", "yes_if", 80)
    refresh_session(units, practice)
    assert sums(units)[0, TIME, TALK] == (3, 0, PAUSE + round(GAP.total_seconds()))


def test_what_was_handed_in_can_be_looked_at_alone(units: UnitOfWorkFactory) -> None:
    shown, kept = Practice(units, "key", NOON), Practice(units, "key", NOON + timedelta(hours=1))
    shown.reply("price", "yes_if", 80)
    kept.reply("price", "tai_chi", 20)
    shown.hand_in()
    refresh_all(units)
    assert sums(units)[0, TYPE, "price"] == (2, 1, 100)
    assert sums(units, handed_in_only=True) == {
        (0, SESSION, ""): (1, 0, 0),
        (0, TIME, TALK): (1, 0, 0),
        (0, REPLY, ""): (1, 1, 80),
        (0, TYPE, "price"): (1, 1, 80),
        (0, METHOD, "yes_if"): (1, 1, 80),
    }
    trainee = trainee_of(units, shown)
    with units(reading=True) as uow:
        everything = uow.figures.standings([trainee], kind=METHOD)
        handed_in = uow.figures.standings([trainee], kind=METHOD, handed_in_only=True)
    assert {one.standing.key for one in everything} == {"yes_if", "tai_chi"}
    assert {one.standing.key for one in handed_in} == {"yes_if"}


def test_a_standing_tells_the_stage_that_the_trainees_own_progress_tells(units: UnitOfWorkFactory) -> None:
    for days in (21, 14, 7, 0):
        practice = Practice(units, "key", NOON - timedelta(days=days))
        practice.reply("price", "yes_if", 90)
        practice.reply("price", "yes_if", 85)
        practice.reply("need", "inquiry", 30)
    refresh_all(units)
    with units(reading=True) as uow:
        found = uow.figures.standings([trainee_of(units, practice)], kind=TYPE)
    told = {one.standing.key: one.standing for one in found}
    assert told == {
        "price": Standing(TYPE, "price", mastery.MASTERY, 8, 88, day_of(NOON)),
        "need": Standing(TYPE, "need", mastery.AWARE, 4, 30, 0),
    }


def test_what_a_trainer_says_the_method_was_counts_and_the_bots_again_when_it_is_taken_back(
    units: UnitOfWorkFactory,
) -> None:
    practice = Practice(units, "key", NOON)
    reply = practice.reply("price", "yes_if", 80)
    answer = practice.free_answer("need", "tai_chi", "tai_chi", 70)
    events = []
    for number, said in ((reply.turn, "inquiry"), (answer.number, "none")):
        with units() as uow:
            session = uow.sessions.lock(practice.session.public_id)
            assert session is not None
            turn = uow.turns.by_number(session, number)
            data = {"family": "technique", "value": {"technique": said}, "was": {}}
            events.append(
                uow.reviews.add(
                    session, kind="label", data=data, turn=turn, by=None, token=f"t{number}", now=NOON
                )
            )
            uow.commit()
    refresh_session(units, practice)

    def methods() -> dict[str, tuple[int, ...]]:
        return {key: told for (_, kind, key), told in sums(units).items() if kind == METHOD}

    def standing() -> set[str]:
        with units(reading=True) as uow:
            return {s.standing.key for s in uow.figures.standings([trainee_of(units, practice)], kind=METHOD)}

    assert methods() == {"inquiry": (1, 1, 80), "none": (1, 1, 70)}
    assert standing() == {"inquiry"}
    with units() as uow:
        session = uow.sessions.lock(practice.session.public_id)
        assert session is not None
        for event in events:
            uow.reviews.undo(session, event, by=None, token=f"u{event.id}", now=NOON)
        uow.commit()
    refresh_session(units, practice)
    assert methods() == {"yes_if": (1, 1, 80), "tai_chi": (1, 1, 70)}
    assert standing() == {"yes_if", "tai_chi"}


def test_sums_are_told_for_chosen_trainees_and_weeks_only(units: UnitOfWorkFactory) -> None:
    for key, score in (("a", 80), ("b", 40)):
        for days in (0, 28):
            Practice(units, key, NOON - timedelta(days=days)).reply("price", "yes_if", score)
    refresh_all(units)
    with units(reading=True) as uow:
        everybody = uow.figures.trainees()
        one = uow.figures.weeks(everybody[:1], since=THIS_WEEK, until=THIS_WEEK)
        both = uow.figures.by_trainee(None, kinds=[REPLY], **ALWAYS)
        assert uow.figures.weeks([], **ALWAYS) == ()
    assert [w.sum for w in one if w.sum.kind == TYPE] == [Sum(TYPE, "price", 1, 1, 80)]
    assert sorted(both, key=lambda one: one.trainee) == [
        TraineeSum(everybody[0], Sum(REPLY, "", 2, 2, 160)),
        TraineeSum(everybody[1], Sum(REPLY, "", 2, 0, 80)),
    ]


def test_appeals_are_counted_by_their_state(units: UnitOfWorkFactory) -> None:
    practice = Practice(units, "key", NOON)
    practice.appeal(practice.reply("price", "yes_if", 50))
    practice.appeal(practice.reply("price", "yes_if", 50), "listen")
    times = {"since": begin_of(THIS_WEEK), "until": begin_of(THIS_WEEK + WEEK)}
    with units(reading=True) as uow:
        assert uow.figures.appeals(None, **times) == {"open": 2}
        assert uow.figures.appeals([trainee_of(units, practice)], **times) == {"open": 2}
        assert uow.figures.appeals(None, **times, handed_in_only=True) == {}
        assert uow.figures.appeals([], **times) == {}


def test_figures_of_a_trainee_who_is_gone_are_gone(units: UnitOfWorkFactory, engine: Engine) -> None:
    practice = Practice(units, "key", NOON)
    refresh_session(units, practice)
    with units() as uow:
        refresh(uow, trainee_of(units, practice), [THIS_WEEK])
        uow.commit()
    with engine.connect() as connection, connection.begin():
        connection.execute(sql("DELETE FROM sessions"))
        connection.execute(sql("DELETE FROM trainees"))
    assert sums(units) == {}


def test_trying_a_draft_of_the_content_counts_for_nobody(units: UnitOfWorkFactory) -> None:
    practice = Practice(units, "key", NOON)
    practice.appeal(practice.reply("price", "yes_if", 80))
    practice.end()
    with units() as uow:
        uow.figures._connection.execute(sql("UPDATE sessions SET channel = 'preview'"))
        uow.commit()
    refresh_session(units, practice)
    refresh_all(units)
    assert sums(units) == {}
    with units(reading=True) as uow:
        assert uow.figures.appeals(None, since=begin_of(1000), until=begin_of(3_000_000)) == {}
