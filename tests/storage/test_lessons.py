"""Corrections become lessons; who may see them decides about them; what is decided is taught or held back."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.services.access import ADMIN, TRAINER, Person
from bot.services.correcting import correct_type
from bot.services.errors import NotFound, Refused
from bot.services.forgetting import purge_old
from bot.services.opening import open_session
from bot.services.promoting import (
    begin,
    compared,
    history,
    interrupted,
    logged_lines,
    made,
    training_of,
)
from bot.services.promoting import decide as settle
from bot.services.receiving import receive
from bot.services.session_info import SessionInfo
from bot.services.teaching import ACCEPT, CHANGE, REJECT, collect, curriculum, decide, queue
from bot.storage.lesson_records import (
    ACCEPTED,
    CHANGED,
    FAILED,
    MARK,
    NATURE,
    OBJECTION,
    PENDING,
    PROMOTED,
    REFUSED,
    REJECTED,
    REPLACED,
    ROLLED_BACK,
    TRAINER_SAID,
    WITHDRAWN,
    LessonRecord,
    Proposal,
)
from bot.storage.lessons import is_held_back
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, at

ADMINISTRATOR = Person("admin's key", ADMIN)
TAUGHT_TEXT = next(f"太贵了 {n}" for n in count() if not is_held_back(f"太贵了 {n}"))
HELD_TEXT = next(f"太贵了 {n}" for n in count() if is_held_back(f"太贵了 {n}"))
READING = {
    "text": TAUGHT_TEXT,
    "lang": "zh",
    "intent": "obj_price",
    "confidence": 0.8,
    "objections": [
        {"type": "price", "confidence": 0.8, "span": "太贵了"},
        {"type": "need", "confidence": 0.4, "span": "不需要"},
    ],
}


def answered(
    units: UnitOfWorkFactory, session: SessionInfo, message: str = "m1", text: str = TAUGHT_TEXT
) -> int:
    """Receive and answer a message in which price and need were read; returns the turn's number."""
    receive(units, session=session.public_id, message_id=message, kind="text", text=text, now=NOW)
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        turn = uow.turns.find(found, message)
        assert turn is not None
        uow.turns.save_answer(
            turn, lang="zh", product="alarm", reading=READING, command=None,
            replies_shown=[], slots={}, now=NOW,
        )  # fmt: skip
        uow.commit()
    return turn.number


def wrong_type(units: UnitOfWorkFactory, session: SessionInfo, turn: int, said: str, **changes: Any) -> None:
    values: dict[str, Any] = {"message_id": f"c-{said}", "to_type": said, "now": at(5), **changes}
    key = str(session.trainee_key)
    correct_type(units, session=session.public_id, trainee_key=key, turn=turn, **values)


def label(
    units: UnitOfWorkFactory, session: SessionInfo, family: str, value: dict[str, Any], source_id: int = 1
) -> LessonRecord:
    """Put a trainer's label of the first turn into the queue."""
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        turn = uow.turns.by_number(found, 1)
        assert turn is not None
        proposal = Proposal(TRAINER_SAID, source_id, family, {}, value)
        lesson = uow.lessons.add(turn, proposal, by=None, now=at(9))
        uow.commit()
    return lesson


def lessons(units: UnitOfWorkFactory, *states: str) -> list[LessonRecord]:
    return list(queue(units, person=ADMINISTRATOR, states=states or (PENDING,), now=NOW).lessons)


def test_a_trainees_correction_comes_into_the_queue_once(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    turn = answered(units, session)
    wrong_type(units, session, turn, "payment")
    assert collect(units, now=at(6)) == 1
    assert collect(units, now=at(7)) == 0
    (lesson,) = lessons(units)
    assert (lesson.session, lesson.turn, lesson.text, lesson.lang) == (
        session.public_id, turn, TAUGHT_TEXT, "zh",
    )  # fmt: skip
    assert (lesson.family, lesson.was, lesson.value) == (
        OBJECTION, {"types": ["price", "need"]}, {"types": ["payment", "need"]},
    )  # fmt: skip
    assert lesson.proposed_at == at(5)


def test_a_trainees_second_thoughts_replace_the_first(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    turn = answered(units, session)
    wrong_type(units, session, turn, "payment")
    collect(units, now=at(6))
    wrong_type(units, session, turn, "none", from_type="need")
    collect(units, now=at(7))
    assert [lesson.value for lesson in lessons(units)] == [{"types": ["payment"]}]
    assert [lesson.value for lesson in lessons(units, REPLACED)] == [{"types": ["payment", "need"]}]


def test_a_trainers_label_replaces_a_trainees_and_not_the_other_way_round(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    turn = answered(units, session)
    wrong_type(units, session, turn, "payment")
    collect(units, now=at(6))
    label(units, session, OBJECTION, {"types": ["source"]})
    wrong_type(units, session, turn, "timing")
    assert collect(units, now=at(10)) == 1
    assert [lesson.value["types"] for lesson in lessons(units)] == [["source"]]
    assert collect(units, now=at(11)) == 0


def test_one_message_may_have_a_lesson_of_each_family(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    answered(units, session)
    label(units, session, OBJECTION, {"types": ["source"]})
    label(units, session, NATURE, {"nature": "false"})
    label(units, session, NATURE, {"nature": "hidden"}, source_id=2)
    assert [(lesson.family, lesson.value) for lesson in lessons(units)] == [
        (OBJECTION, {"types": ["source"]}),
        (NATURE, {"nature": "hidden"}),
    ]


def test_the_same_label_again_changes_nothing_and_another_one_is_asked_about_again(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    answered(units, session)
    first = label(units, session, OBJECTION, {"types": ["source"]})
    decide(units, person=ADMINISTRATOR, lesson=first.id, verdict=ACCEPT, now=at(20))
    again = label(units, session, OBJECTION, {"types": ["source"]})
    assert (again.id, again.state) == (first.id, ACCEPTED)
    other = label(units, session, OBJECTION, {"types": []})
    assert (other.id, other.state, other.decided_at) == (first.id, PENDING, None)


def test_what_is_undone_is_withdrawn_also_after_the_decision(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    answered(units, session)
    lesson = label(units, session, OBJECTION, {"types": ["source"]})
    decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=ACCEPT, now=at(20))
    with units() as uow:
        assert uow.lessons.withdraw(TRAINER_SAID, 1) == 1
        assert uow.lessons.withdraw(TRAINER_SAID, 1) == 0
        uow.commit()
    assert curriculum(units).lines == ()
    with pytest.raises(Refused, match="state"):
        decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=ACCEPT, now=at(21))
    assert [found.state for found in lessons(units, WITHDRAWN)] == [WITHDRAWN]


def test_accepting_changing_and_rejecting_are_on_record_with_who_and_when(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    answered(units, session)
    lesson = label(units, session, OBJECTION, {"types": ["source"]})

    def say(verdict: str, value: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        decided = decide(
            units, person=ADMINISTRATOR, lesson=lesson.id, verdict=verdict, value=value, now=at(20)
        )
        assert decided.decided_at == at(20)
        return decided.state, decided.value

    assert say(ACCEPT) == (ACCEPTED, {"types": ["source"]})
    assert say(CHANGE, {"types": ["payment", "price"]}) == (CHANGED, {"types": ["payment", "price"]})
    assert say(REJECT) == (REJECTED, {"types": ["source"]})
    assert say(CHANGE, {"types": ["source"]}) == (ACCEPTED, {"types": ["source"]})
    with units(reading=True) as uow:
        actions = [entry.action for entry in uow.audit.entries(subject="lesson")]
    assert actions == [CHANGE, REJECT, CHANGE, ACCEPT]


@pytest.mark.parametrize(
    "value",
    [
        {"types": ["price", "price"]},
        {"types": ["none"]},
        {"types": "price"},
        {"types": [["price"]]},
        {"nature": "false"},
        {},
        None,
    ],
)
def test_a_value_that_is_none_is_refused(
    units: UnitOfWorkFactory, session: SessionInfo, value: dict[str, Any] | None
) -> None:
    answered(units, session)
    lesson = label(units, session, OBJECTION, {"types": ["source"]})
    with pytest.raises(Refused, match="value"):
        decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=CHANGE, value=value, now=NOW)


def test_a_trainer_sees_and_decides_only_what_they_may_see(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    answered(units, session)
    lesson = label(units, session, OBJECTION, {"types": ["source"]})
    stranger = Person("another key", TRAINER, teams=frozenset({1}))
    assert queue(units, person=stranger, now=NOW).lessons == ()
    assert queue(units, person=stranger, now=NOW).counts == {}
    assert queue(units, person=ADMINISTRATOR, now=NOW).counts == {PENDING: 1}
    with pytest.raises(NotFound):
        decide(units, person=stranger, lesson=lesson.id, verdict=ACCEPT, now=NOW)
    with pytest.raises(NotFound):
        decide(units, person=ADMINISTRATOR, lesson=lesson.id + 1, verdict=ACCEPT, now=NOW)


def test_a_newer_decision_about_a_message_takes_the_place_of_what_is_taught(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    answered(units, session)
    for number, type_ in enumerate(("source", "payment"), start=1):
        lesson = label(units, session, OBJECTION, {"types": [type_]}, source_id=number)
        decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=ACCEPT, now=at(20 + number))
    (line,) = curriculum(units).lines
    assert line.intent == "obj_payment"
    assert [found.value for found in lessons(units, REPLACED)] == [{"types": ["source"]}]


def test_held_back_lessons_are_asked_and_never_taught(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    for number, text in enumerate((TAUGHT_TEXT, HELD_TEXT, f" {HELD_TEXT}!")):
        turn = answered(units, session, f"m{number}", text)
        wrong_type(units, session, turn, "payment", message_id=f"c{number}")
    collect(units, now=at(6))
    for lesson in lessons(units):
        decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=ACCEPT, now=at(7))
    taught = curriculum(units)
    assert [line.text for line in taught.lines] == [TAUGHT_TEXT]
    assert [lesson.text for lesson in taught.held_back] == [HELD_TEXT, f" {HELD_TEXT}!"]
    assert [lesson.id for lesson in taught.taught] == [o["lesson"] for o in taught.lines[0].provenance]


def test_what_was_deleted_can_only_be_rejected_and_is_not_asked_for_again(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    first, second = answered(units, session), answered(units, session, "m2", HELD_TEXT)
    wrong_type(units, session, first, "payment")
    collect(units, now=at(6))
    wrong_type(units, session, second, "need")
    assert purge_old(units, keep_days=1, now=NOW + timedelta(days=9)) == 1
    (waiting,) = lessons(units)
    assert waiting.text == ""
    for verdict, value in ((ACCEPT, None), (CHANGE, {"types": ["price"]})):
        with pytest.raises(Refused, match="deleted"):
            decide(units, person=ADMINISTRATOR, lesson=waiting.id, verdict=verdict, value=value, now=at(7))
    assert collect(units, now=at(8)) == 0
    assert logged_lines(units, limit=9) == ()
    decide(units, person=ADMINISTRATOR, lesson=waiting.id, verdict=REJECT, now=at(9))
    assert lessons(units) == []


def test_what_was_accepted_is_taught_also_after_its_session_was_deleted(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    wrong_type(units, session, answered(units, session), "payment")
    collect(units, now=at(6))
    decide(units, person=ADMINISTRATOR, lesson=lessons(units)[0].id, verdict=ACCEPT, now=at(7))
    purge_old(units, keep_days=1, now=NOW + timedelta(days=9))
    (line,) = curriculum(units).lines
    assert (line.intent, line.text) == ("obj_payment", TAUGHT_TEXT)


def test_of_contradicting_lessons_the_latest_counts_taught_or_held_back(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    said = (TAUGHT_TEXT, "need"), (TAUGHT_TEXT, "payment"), (HELD_TEXT, "need"), (HELD_TEXT, "payment")
    for number, (text, type_) in enumerate(said):
        turn = answered(units, session, f"m{number}", text)
        wrong_type(units, session, turn, type_, message_id=f"c{number}")
    collect(units, now=at(6))
    for number, lesson in enumerate(lessons(units)):
        decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=ACCEPT, now=at(10 - number))
    found = curriculum(units)
    assert [line.intent for line in found.lines] == ["obj_need"]
    assert [lesson.value for lesson in (*found.taught, *found.held_back)] == [{"types": ["need"]}] * 2
    assert found.overruled == 2


def test_a_lesson_about_steps_is_written_from_the_sentences_that_were_read(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    answered(units, session)
    lesson = label(units, session, MARK, {"steps": ["listen"]})
    decide(units, person=ADMINISTRATOR, lesson=lesson.id, verdict=ACCEPT, now=NOW)
    assert curriculum(units).lines == ()  # it was no reply: no sentences, no method


def test_about_one_text_in_five_is_held_back() -> None:
    held = sum(is_held_back(f"line {number}") for number in range(2000))
    assert 340 < held < 460
    assert is_held_back("Too dear!") == is_held_back("too  dear")


def test_a_training_is_entered_compared_and_decided(units: UnitOfWorkFactory) -> None:
    training = begin(units, by=None, now=NOW)
    with pytest.raises(Refused, match="training"):
        begin(units, by=None, now=NOW)
    made(units, training=training.id, model="new.tar.gz", base="old.tar.gz", lessons=[1, 2])
    compared(units, training=training.id, figures={"not_worse": False})

    def say(state: str, reason: str = "", by_person: bool = True) -> tuple[str, str, str]:
        told = settle(
            units, training=training.id, state=state, by_person=by_person, reason=reason, by=None, now=at(5)
        )
        return told.state, told.decision, told.reason

    assert say(REFUSED, by_person=False) == (REFUSED, "auto", "")
    with pytest.raises(Refused, match="reason"):
        say(PROMOTED)
    assert say(PROMOTED, " we need\nit ") == (PROMOTED, "person", "we need it")
    assert say(ROLLED_BACK, "no") == (ROLLED_BACK, "person", "no")
    with pytest.raises(Refused, match="state"):
        say(REFUSED)
    (found,) = history(units)
    assert (found.model, found.base, found.lessons) == ("new.tar.gz", "old.tar.gz", (1, 2))
    assert training_of(units, model="new.tar.gz") == found
    with pytest.raises(NotFound):
        training_of(units, model="other.tar.gz")


def test_a_training_that_was_cut_off_has_failed(units: UnitOfWorkFactory) -> None:
    cut = begin(units, by=None, now=NOW)
    assert interrupted(units, now=at(1), besides=cut.id) == 0
    assert interrupted(units, now=at(1)) == 1
    assert [(t.state, t.reason) for t in history(units)] == [(FAILED, "interrupted")]
    begin(units, by=None, now=at(2))


def test_lessons_of_two_sessions_do_not_meet(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    other = open_session(
        units, trainee_key=None, name="Ann", channel="web", lang="en", product="car", now=NOW
    )
    for mine in (session, other):
        wrong_type(units, mine, answered(units, mine), "payment")
    assert collect(units, now=NOW) == 2
    assert {lesson.session for lesson in lessons(units)} == {session.public_id, other.public_id}
