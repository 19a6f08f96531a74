"""Cards, drills and answers on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services.opening import open_session
from bot.services.scheduling import review
from bot.services.session_info import SessionInfo
from bot.storage.records import CardRecord, DrillRecord, SessionRecord, TurnRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

from .conftest import NOW, at

pytestmark = pytest.mark.filterwarnings("error")
TODAY = NOW.toordinal()


def received(uow: UnitOfWork, session: SessionInfo, message_id: str) -> tuple[SessionRecord, TurnRecord]:
    found = uow.sessions.lock(session.public_id)
    assert found is not None
    turn = uow.turns.receive(found, message_id=message_id, kind="text", text="x", now=NOW)
    return found, turn


def add_answer(uow: UnitOfWork, drill: DrillRecord, turn: TurnRecord, given: str = "贵") -> None:
    uow.drills.add_answer(
        drill, turn, type_="price", method="yes_if", kind="answer", asked="太贵了\x00", given=given,
        correct=True, score=71, data={"seconds": 3, "master": "是的……如果"}, now=NOW,
    )  # fmt: skip


def test_a_card_is_kept_once_for_each_pair_and_trainee(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    memory, due_at = review(None, "good", TODAY)
    again, sooner = review(memory, "again", TODAY)
    with units() as uow:
        found, _ = received(uow, session, "m")
        uow.drills.save_card(found.trainee_id, CardRecord("price", "yes_if", memory, due_at))
        uow.drills.save_card(found.trainee_id, CardRecord("price", "yes_if", again, sooner))
        uow.drills.save_card(found.trainee_id, CardRecord("need", "inquiry", memory, due_at))
        uow.commit()
    with units(reading=True) as uow:
        cards = uow.drills.cards_of(found.trainee_id)
        assert cards == (
            CardRecord("price", "yes_if", again, sooner),
            CardRecord("need", "inquiry", memory, due_at),
        )
        assert uow.drills.cards_of(found.trainee_id + 1) == ()
    assert review(cards[0].memory, "good", TODAY + 1) == review(again, "good", TODAY + 1)


def test_a_drill_runs_with_its_question_until_it_is_ended(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with units() as uow:
        found, _ = received(uow, session, "m")
        drill = uow.drills.start(found, question={"number": 1}, ends_at=at(180), now=NOW)
        uow.sessions.set_practice(found, "drill")
        uow.commit()
    with units() as uow:
        running = uow.drills.running(found)
        assert running == drill and running.ends_at - running.started_at == timedelta(seconds=180)
        uow.drills.ask(drill, {"number": 2, "line": "再便宜点"})
        uow.commit()
    with units() as uow:
        kept, reopened = uow.drills.running(found), uow.sessions.find(session.public_id)
        assert kept is not None and kept.question == {"number": 2, "line": "再便宜点"}
        assert reopened is not None and reopened.practice == "drill"
        uow.drills.end(drill, now=at(200))
        uow.commit()
    with units(reading=True) as uow:
        assert uow.drills.running(found) is None


def test_an_answer_is_on_record_once(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        found, turn = received(uow, session, "m")
        drill = uow.drills.start(found, question={}, ends_at=at(180), now=NOW)
        add_answer(uow, drill, turn, "贵" * 4000)
        add_answer(uow, drill, turn, "another")
        uow.commit()
    with units(reading=True) as uow:
        (answer,) = uow.drills.answers_of(drill)
        assert (answer.given, answer.asked, answer.turn) == ("贵" * 4000, "太贵了", turn.number)
        assert (answer.correct, answer.score, answer.data["master"]) == (True, 71, "是的……如果")
        assert uow.drills.answered_by(found.trainee_id) == (answer,)
        assert uow.drills.answered_by(found.trainee_id + 1) == ()


def test_answers_come_oldest_first_and_the_latest_are_kept(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with units() as uow:
        found, turn = received(uow, session, "m0")
        drill = uow.drills.start(found, question={}, ends_at=at(180), now=NOW)
        for n in range(3):
            add_answer(uow, drill, received(uow, session, f"m{n}")[1], str(n))
        uow.commit()
    with units(reading=True) as uow:
        assert [a.given for a in uow.drills.answered_by(found.trainee_id, limit=2)] == ["1", "2"]


def test_what_is_not_committed_is_not_kept(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    memory, due_at = review(None, "easy", TODAY)
    with units() as uow:
        found, turn = received(uow, session, "m")
        drill = uow.drills.start(found, question={}, ends_at=at(180), now=NOW)
        uow.drills.save_card(found.trainee_id, CardRecord("price", "yes_if", memory, due_at))
        add_answer(uow, drill, turn)
    with units(reading=True) as uow:
        assert uow.drills.running(found) is None
        assert uow.drills.cards_of(found.trainee_id) == ()
        assert uow.drills.answered_by(found.trainee_id) == ()


def test_another_trainees_drill_is_not_seen(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    other = open_session(
        units, trainee_key=None, name="Ann", channel="web", lang="en", product="alarm", now=NOW
    )
    with units() as uow:
        found, turn = received(uow, session, "m")
        stranger, _ = received(uow, other, "m")
        drill = uow.drills.start(found, question={}, ends_at=at(180), now=NOW)
        add_answer(uow, drill, turn)
        assert uow.drills.running(stranger) is None
        assert uow.drills.answered_by(stranger.trainee_id) == ()
