"""Each message is one turn, each turn has one answer, and the order stays."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.future import Engine

from bot.services.session_info import SessionInfo
from bot.storage.records import Answer, Reply, SessionRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

from .conftest import NOW, at

READING = {
    "text": "太贵了，我得问我老婆",
    "lang": "zh",
    "intent": "obj_price",
    "confidence": 0.8312345678901234,
    "objections": [
        {
            "type": "price",
            "confidence": 0.83,
            "span": "太贵了",
            "nature": {"id": "genuine", "confidence": 0.6, "cue": "贵"},
        },
        {"type": "authority", "confidence": 0.71, "span": "问我老婆", "nature": None},
    ],
    "ranking": [["price", 0.83], ["none", 1e-17]],
    "clauses": [{"text": "太贵了", "start": 0, "end": 3, "ranking": [["price", 0.9]]}],
    "unsure": False,
    "model_version": "m1",
}
REPLIES = [
    Reply("objection", "utter_objection", {"name": "价格异议"}, {"zeta": 1, "alpha": [1.5, None]}),
    Reply(
        "line",
        "utter_line",
        {"text": "是的……如果"},
        {},
        ({"title": "再来", "payload": "/another_version{}"},),
    ),
]

pytestmark = pytest.mark.filterwarnings("error")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def locked(uow: UnitOfWork, session: SessionInfo) -> SessionRecord:
    found = uow.sessions.lock(session.public_id)
    assert found is not None
    return found


def save(uow: UnitOfWork, session: SessionInfo, message_id: str, **changes: Any) -> Answer:
    turn = uow.turns.receive(locked(uow, session), message_id=message_id, kind="text", text="太贵了", now=NOW)
    values = {
        "lang": "zh",
        "product": "alarm",
        "reading": READING,
        "command": None,
        "replies_shown": REPLIES,
        "slots": {"lang": "zh"},
        "now": at(1),
    }
    return uow.turns.save_answer(turn, **{**values, **changes})


def test_a_message_becomes_the_next_turn(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        found = locked(uow, session)
        numbers = [
            uow.turns.receive(found, message_id=f"m{i}", kind="text", text="x", now=NOW).number
            for i in range(3)
        ]
        uow.commit()
    assert numbers == [1, 2, 3]


def test_a_repeated_message_finds_its_turn_as_it_was(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        first = uow.turns.receive(locked(uow, session), message_id="m", kind="text", text="one", now=NOW)
        uow.commit()
    with units() as uow:
        second = uow.turns.receive(locked(uow, session), message_id="m", kind="click", text="two", now=at(9))
        uow.commit()
    assert second == first


def test_a_number_that_was_rolled_back_is_given_again(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        uow.turns.receive(locked(uow, session), message_id="lost", kind="text", text="x", now=NOW)
    with units() as uow:
        turn = uow.turns.receive(locked(uow, session), message_id="kept", kind="text", text="x", now=NOW)
        uow.commit()
    assert turn.number == 1


def test_the_same_message_id_in_two_sessions_is_two_turns(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with units() as uow:
        trainee = uow.trainees.ensure("other", name="", now=NOW)
        other = uow.sessions.open(
            "other", trainee=trainee, name="", channel="web", lang="en", product="", now=NOW
        )
        for found in (locked(uow, session), other):
            assert uow.turns.receive(found, message_id="m", kind="text", text="x", now=NOW).number == 1


def test_an_answer_is_kept_whole(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        saved = save(uow, session, "m")
        uow.commit()
    assert saved.turn.reading == READING
    assert list(saved.replies) == REPLIES
    assert saved.turn.slots == {"lang": "zh"}
    assert saved.turn.types == ("price", "authority")
    assert saved.turn.answered_at == at(1)


def test_a_second_answer_gives_the_first_and_changes_not_a_byte(
    units: UnitOfWorkFactory, session: SessionInfo, engine: Engine
) -> None:
    def stored() -> list[Any]:
        with engine.connect() as connection:
            tables = ("turns", "replies", "sessions")
            return [connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables]

    with units() as uow:
        first = save(uow, session, "m")
        uow.commit()
    before = stored()
    with units() as uow:
        second = save(
            uow,
            session,
            "m",
            reading=None,
            replies_shown=[Reply("other", "utter_other")],
            slots={"x": 1},
            lang="en",
            now=at(99),
        )
        uow.commit()
    assert repr(second) == repr(first)
    assert stored() == before


@given(data=st.dictionaries(st.text(), json_values, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_first_call_returns_what_every_later_call_returns(
    units: UnitOfWorkFactory, session: SessionInfo, data: dict[str, Any]
) -> None:
    message_id = f"m{abs(hash(repr(data)))}"
    replies = [Reply("k", "r", {"a": "b"}, data)]
    with units() as uow:
        first = save(uow, session, message_id, replies_shown=replies, slots=data)
        uow.commit()
    with units(reading=True) as uow:
        found = uow.sessions.find(session.public_id)
        assert found is not None
        turn = uow.turns.find(found, message_id)
        assert turn is not None
        second = uow.turns.answer_of(turn)
    assert second is not None
    assert repr(second) == repr(first)
    as_json = [json.dumps([answer.turn.slots, answer.replies[0].data]) for answer in (first, second)]
    assert as_json[0] == as_json[1]


def test_an_answer_of_no_blocks_is_an_answer(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        saved = save(uow, session, "m", replies_shown=[], reading=None, command={"intent": "stop"})
    assert saved.turn.answered
    assert saved.replies == ()
    assert saved.turn.command == {"intent": "stop"}


def test_a_turn_without_answer_has_none(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        turn = uow.turns.receive(locked(uow, session), message_id="m", kind="text", text="x", now=NOW)
        assert uow.turns.answer_of(turn) is None
        assert not turn.answered


def test_a_reading_that_is_no_json_is_refused_and_nothing_saved(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with pytest.raises(Exception, match="JSON compliant"), units() as uow:
        save(uow, session, "m", reading={"confidence": float("nan")})
    with units(reading=True) as uow:
        found = uow.sessions.find(session.public_id)
        assert found is not None
        assert found.last_turn == 0


def test_the_last_objection_is_found_before_a_turn(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        save(uow, session, "m1")
        save(uow, session, "m2", reading={**READING, "objections": []})
        save(uow, session, "m3")
        save(uow, session, "m4", reading=None)
        found = locked(uow, session)
        latest = uow.turns.last_objection(found)
        earlier = uow.turns.last_objection(found, before=3)
        none = uow.turns.last_objection(found, before=1)
    assert (latest and latest.number, earlier and earlier.number, none) == (3, 1, None)


def test_the_data_shown_before_a_turn_comes_oldest_first(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with units() as uow:
        for index in range(4):
            save(
                uow,
                session,
                f"m{index}",
                replies_shown=[Reply("line", "utter_x", data={"n": index}), *REPLIES],
            )
        found = locked(uow, session)
        lines = uow.turns.data_shown(found, before=4, kind="line")
        latest = uow.turns.data_shown(found, before=4, kind="line", limit=2)
        none = uow.turns.data_shown(found, before=4, kind="nothing")
    assert [data["n"] for data in lines if "n" in data] == [0, 1, 2]
    assert latest == lines[-2:]
    assert none == ()


def test_turns_are_found_by_number(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        save(uow, session, "m1")
        found = locked(uow, session)
        first = uow.turns.by_number(found, 1)
        assert first is not None
        assert first.message_id == "m1"
        assert uow.turns.by_number(found, 2) is None


def test_clicks_are_counted_by_kind_turn_and_time(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as uow:
        found = locked(uow, session)
        for index, (intent, about) in enumerate(
            [("another_version", 1), ("another_version", 2), ("another_method", 1), ("another_version", 1)]
        ):
            turn = uow.turns.receive(found, message_id=f"c{index}", kind="click", text="/x", now=NOW)
            for _ in range(2):
                uow.clicks.add(turn, intent=intent, about_turn=about, values={"turn": about}, now=NOW)
        assert uow.clicks.count(found, "another_version") == 3
        assert uow.clicks.count(found, "another_version", about_turn=1) == 2
        assert uow.clicks.count(found, "another_version", about_turn=1, before=4) == 1
        assert [click.turn for click in uow.clicks.of_session(found)] == [1, 2, 3, 4]


def test_times_come_back_in_utc_to_the_microsecond(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    beijing = datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=8)))
    with units() as uow:
        turn = uow.turns.receive(locked(uow, session), message_id="m", kind="text", text="x", now=beijing)
    assert turn.received_at == beijing
    assert turn.received_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with pytest.raises(Exception, match="zone"), units() as uow:
        uow.turns.receive(
            locked(uow, session),
            message_id="m",
            kind="text",
            text="x",
            now=datetime(2026, 1, 1),  # noqa: DTZ001
        )


@given(
    deliveries=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 5), st.booleans(), st.booleans()), min_size=1, max_size=25
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_deliveries_in_any_order_leave_gapless_turns_in_order_of_arrival(
    units: UnitOfWorkFactory, deliveries: list[tuple[int, int, bool, bool]]
) -> None:
    """Deliveries are (session, message, is it committed, is it answered too)."""
    with units() as uow:
        trainee = uow.trainees.ensure("props", name="", now=NOW)
        start = uow.sessions.count()
        ids = [f"s{start}-{index}" for index in range(3)]
        for public_id in ids:
            uow.sessions.open(
                public_id, trainee=trainee, name="", channel="web", lang="en", product="", now=NOW
            )
        uow.commit()
    expected: dict[str, list[str]] = {public_id: [] for public_id in ids}
    for index, message, committed, answered in deliveries:
        with units() as uow:
            found = uow.sessions.lock(ids[index])
            assert found is not None
            turn = uow.turns.receive(found, message_id=f"m{message}", kind="text", text="x", now=NOW)
            if answered:
                uow.turns.save_answer(
                    turn,
                    lang="en",
                    product="",
                    reading=None,
                    command=None,
                    replies_shown=REPLIES,
                    slots={},
                    now=NOW,
                )
            if committed:
                uow.commit()
                if f"m{message}" not in expected[ids[index]]:
                    expected[ids[index]].append(f"m{message}")
    with units(reading=True) as uow:
        for public_id in ids:
            found = uow.sessions.find(public_id)
            assert found is not None
            turns = uow.turns.of_session(found)
            assert [turn.message_id for turn in turns] == expected[public_id]
            assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
            assert found.last_turn == len(turns)
            answered_turns = [turn.number for turn in turns if turn.answered]
            shown = [reply.turn for reply in uow.turns.replies_of_session(found)]
            assert shown == [number for number in answered_turns for _ in REPLIES]
