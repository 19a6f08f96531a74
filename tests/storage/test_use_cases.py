"""Opening, receiving, correcting, reporting: who may do what, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.future import Engine

from bot.services.correcting import Correction, correct_type
from bot.services.errors import NotFound, Refused
from bot.services.opening import ensure_session, hand_over, open_session, own_session
from bot.services.receiving import Received, receive
from bot.services.reporting import list_sessions, own_sessions, own_transcript, transcript
from bot.services.session_info import SessionInfo
from bot.storage.records import Reply
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, at

READING = {
    "objections": [{"type": "price", "confidence": 0.8, "span": "贵", "nature": None}],
    "model_version": "m1",
}


def start(units: UnitOfWorkFactory, **changes: Any) -> SessionInfo:
    values: dict[str, Any] = {
        "trainee_key": None,
        "name": "Ann",
        "channel": "web",
        "lang": "en",
        "product": "car",
        "now": NOW,
    }
    return open_session(units, **{**values, **changes})


def deliver(units: UnitOfWorkFactory, session: SessionInfo, **changes: Any) -> Received:
    values: dict[str, Any] = {
        "session": session.public_id,
        "message_id": "m1",
        "kind": "text",
        "text": "太贵了",
        "now": NOW,
    }
    return receive(units, **{**values, **changes})


def answer(units: UnitOfWorkFactory, session: SessionInfo, message_id: str = "m1") -> None:
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        turn = uow.turns.find(found, message_id)
        assert turn is not None
        uow.turns.save_answer(
            turn,
            lang="zh",
            product="alarm",
            reading=READING,
            command=None,
            replies_shown=[Reply("line", "utter_line", {"text": "先看值不值"})],
            slots={},
            now=at(1),
        )
        uow.commit()


def test_a_new_trainee_gets_a_key_and_a_session_that_nobody_guesses(units: UnitOfWorkFactory) -> None:
    opened = [start(units) for _ in range(20)]
    ids = [session.public_id for session in opened] + [str(session.trainee_key) for session in opened]
    assert len(set(ids)) == 40
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", secret) for secret in ids)


def test_a_known_trainee_keeps_key_and_name(units: UnitOfWorkFactory) -> None:
    first = start(units, name="王小明")
    second = start(units, trainee_key=first.trainee_key, name="")
    assert (second.trainee_key, second.name) == (first.trainee_key, "王小明")
    assert second.public_id != first.public_id


def test_a_new_name_replaces_the_old_one_from_then_on(units: UnitOfWorkFactory) -> None:
    first = start(units, name="Ann")
    second = start(units, trainee_key=first.trainee_key, name="Anna")
    assert own_session(units, session=first.public_id, trainee_key=str(first.trainee_key)).name == "Ann"
    assert second.name == "Anna"
    assert start(units, trainee_key=first.trainee_key, name="").name == "Anna"


def test_opening_with_an_id_of_ones_own_may_be_repeated(units: UnitOfWorkFactory) -> None:
    first = start(units, trainee_key="k1", public_id="form-1")
    assert start(units, trainee_key="k1", public_id="form-1", lang="zh") == first
    assert len(list_sessions(units)) == 1


def test_opening_with_an_id_of_anothers_is_not_found(units: UnitOfWorkFactory) -> None:
    start(units, trainee_key="k1", public_id="form-1")
    with pytest.raises(NotFound):
        start(units, trainee_key="k2", public_id="form-1")
    with pytest.raises(NotFound):
        start(units, public_id="form-1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "n" * 201),
        ("lang", "fr"),
        ("lang", ""),
        ("channel", ""),
        ("channel", "c" * 33),
        ("channel", "a\x00"),
        ("product", "p" * 65),
        ("product", "a b"),
        ("public_id", ""),
        ("public_id", "a b"),
        ("public_id", "x" * 129),
    ],
)
def test_opening_refuses_what_it_cannot_keep(units: UnitOfWorkFactory, field: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        start(units, **{field: value})
    assert refused.value.field == field
    assert list_sessions(units) == ()


def test_ensuring_opens_once_and_finds_it_after(units: UnitOfWorkFactory) -> None:
    def ensure(lang: str) -> SessionInfo:
        return ensure_session(units, public_id="sender-1", channel="shell", lang=lang, product="car", now=NOW)

    assert ensure("zh") == ensure("en")
    assert ensure("en").lang == "zh"
    with pytest.raises(Refused):
        ensure_session(units, public_id="a\nb", channel="shell", lang="zh", product="", now=NOW)


def test_a_message_is_received_once(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    first, again = deliver(units, session), deliver(units, session)
    answer(units, session)
    late = deliver(units, session)
    assert [(r.turn, r.already_answered) for r in (first, again, late)] == [
        (1, False),
        (1, False),
        (1, True),
    ]
    assert deliver(units, session, message_id="m2").turn == 2


def test_a_message_is_received_with_its_session(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    received = deliver(units, session).session
    assert (received.public_id, received.lang, received.product) == (
        session.public_id,
        session.lang,
        session.product,
    )
    assert received.trainee_key is None


def test_a_message_to_a_session_that_is_not_there_is_not_found(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with pytest.raises(NotFound):
        receive(units, session="nobody", message_id="m1", kind="text", text="x", now=NOW)
    assert transcript(units, session.public_id).turns == ()


@pytest.mark.parametrize("message_id", ["", "a b", "ä", "x" * 129, "a\x00", "a\n"])
def test_a_message_id_must_be_one(units: UnitOfWorkFactory, session: SessionInfo, message_id: str) -> None:
    with pytest.raises(Refused, match="message_id"):
        deliver(units, session, message_id=message_id)


def test_a_click_is_recorded_with_what_it_is_about(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    deliver(units, session)
    payload = '/another_version{"turn": 1, "method": "yes_if"}'
    for _ in range(2):
        deliver(units, session, message_id="m2", kind="click", text=payload)
    turn = transcript(units, session.public_id).turns[1]
    assert turn.click is not None
    assert (turn.click.intent, turn.click.about_turn) == ("another_version", 1)
    assert turn.click.values == {"turn": 1, "method": "yes_if"}
    assert turn.text == payload


@pytest.mark.parametrize(
    "payload",
    [
        "太贵了",
        "/greet",
        "/obj_price",
        "/restart",
        "another_version",
        "/another_version{",
        "/another_version[1]",
        '/another_version{"turn": NaN}',
        "/another_version{}{}",
        "/another_version" + '{"a":' * 100_000 + "1" + "}" * 100_000,
        "/ANOTHER_VERSION",
        "",
    ],
)
def test_a_click_that_is_none_of_our_commands_is_refused(
    units: UnitOfWorkFactory, session: SessionInfo, payload: str
) -> None:
    with pytest.raises(Refused, match="payload"):
        deliver(units, session, kind="click", text=payload)
    with pytest.raises(Refused, match="kind"):
        deliver(units, session, kind="other")
    assert transcript(units, session.public_id).turns == ()


@pytest.mark.parametrize(
    ("turn", "about"), [("1", 1), (1, 1), (True, None), (-1, None), (1e9, None), (10**30, None), ("x", None)]
)
def test_a_click_names_its_turn_by_a_number(
    units: UnitOfWorkFactory, session: SessionInfo, turn: object, about: int | None
) -> None:
    quoted = f'"{turn}"' if isinstance(turn, str) else str(turn).lower()
    deliver(units, session, kind="click", text=f'/wrong_type{{"turn": {quoted}}}')
    click = transcript(units, session.public_id).turns[0].click
    assert click is not None
    assert click.about_turn == about


FOREIGN: dict[str, Callable[[UnitOfWorkFactory, str, str], object]] = {
    "own_session": lambda units, session, key: own_session(units, session=session, trainee_key=key),
    "own_transcript": lambda units, session, key: own_transcript(units, session=session, trainee_key=key),
    "receive": lambda units, session, key: receive(
        units, session=session, message_id="f", kind="text", text="x", now=NOW, trainee_key=key
    ),
    "correct_type": lambda units, session, key: correct_type(
        units,
        session=session,
        trainee_key=key,
        message_id="f",
        turn=1,
        to_type="payment",
        now=NOW,
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_anothers_session_looks_like_none(units: UnitOfWorkFactory, session: SessionInfo, name: str) -> None:
    deliver(units, session)
    stranger = start(units)
    for public_id in (session.public_id, "no-such-session", ""):
        for key in (str(stranger.trainee_key), "no-such-key", "", "\x00"):
            with pytest.raises(NotFound) as found:
                FOREIGN[name](units, public_id, key)
            assert found.value.args == ()
    assert FOREIGN[name](units, session.public_id, str(session.trainee_key))
    unharmed = transcript(units, session.public_id)
    assert len(unharmed.turns) == (2 if name == "receive" else 1)


def test_the_key_itself_is_not_stored(session: SessionInfo, engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM trainees").all()
    assert str(session.trainee_key) not in repr(rows)


def test_a_correction_is_kept_once(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    deliver(units, session)
    answer(units, session)

    def correct(to_type: str) -> Correction:
        return correct_type(
            units,
            session=session.public_id,
            trainee_key=str(session.trainee_key),
            message_id="c1",
            turn=1,
            to_type=to_type,
            now=at(2),
        )

    assert correct("payment") == Correction(1, "price", "payment")
    assert correct("need") == Correction(1, "price", "payment")
    (kept,) = transcript(units, session.public_id).turns[0].corrections
    assert (kept.from_type, kept.to_type, kept.by, kept.at) == ("price", "payment", "王小明", at(2))


def test_a_correction_may_say_that_there_was_an_objection_where_none_was_read(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    deliver(units, session)
    stored = correct_type(
        units,
        session=session.public_id,
        trainee_key=str(session.trainee_key),
        message_id="c1",
        turn=1,
        to_type="price",
        now=NOW,
    )
    assert stored == Correction(1, "none", "price")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"to_type": "dear"}, Refused),
        ({"from_type": "payment"}, Refused),
        ({"message_id": ""}, Refused),
        ({"turn": 2}, NotFound),
    ],
)
def test_a_correction_must_fit(
    units: UnitOfWorkFactory, session: SessionInfo, changes: dict[str, Any], error: type[Exception]
) -> None:
    deliver(units, session)
    values: dict[str, Any] = {
        "session": session.public_id,
        "trainee_key": str(session.trainee_key),
        "message_id": "c1",
        "turn": 1,
        "to_type": "payment",
        "now": NOW,
    }
    with pytest.raises(error):
        correct_type(units, **{**values, **changes})
    assert transcript(units, session.public_id).turns[0].corrections == ()


def test_the_list_has_the_latest_active_session_first(units: UnitOfWorkFactory) -> None:
    opened = [start(units, name=f"n{index}", now=at(index)) for index in range(3)]
    deliver(units, opened[0], now=at(10))
    assert [session.name for session in list_sessions(units)] == ["n0", "n2", "n1"]
    assert [session.name for session in list_sessions(units, limit=1, offset=1)] == ["n2"]
    assert list_sessions(units)[0].turns == 1


def test_a_session_that_was_handed_over_can_be_gone_on_with(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with pytest.raises(NotFound):
        own_session(units, session=session.public_id, trainee_key="browser")
    hand_over(units, session=session.public_id, trainee_key="browser", now=NOW)
    hand_over(units, session=session.public_id, trainee_key="browser", now=NOW)
    assert own_session(units, session=session.public_id, trainee_key="browser").public_id == session.public_id
    assert own_transcript(units, session=session.public_id, trainee_key="browser").turns == ()
    with pytest.raises(NotFound):
        own_session(units, session=session.public_id, trainee_key="another")
    with pytest.raises(NotFound):
        hand_over(units, session="nowhere", trainee_key="browser", now=NOW)


def test_a_trainee_lists_only_own_sessions(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    start(units)
    mine = own_sessions(units, trainee_key=str(session.trainee_key))
    assert [found.public_id for found in mine] == [session.public_id]
    assert own_sessions(units, trainee_key="nobody") == ()


def test_a_transcript_holds_everything_in_order(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    deliver(units, session)
    answer(units, session)
    deliver(units, session, message_id="m2", text="再想想", now=at(5))
    whole = transcript(units, session.public_id)
    assert whole == own_transcript(units, session=session.public_id, trainee_key=str(session.trainee_key))
    assert (whole.session.name, whole.session.channel, whole.session.lang) == ("王小明", "web", "zh")
    assert (whole.session.product, whole.session.opened_at, whole.session.active_at) == ("alarm", NOW, at(5))
    first, second = whole.turns
    assert (first.number, first.text, first.state, first.answered_at) == (1, "太贵了", "answered", at(1))
    assert first.reading == READING
    assert first.replies == (Reply("line", "utter_line", {"text": "先看值不值"}),)
    assert (second.number, second.state, second.replies, second.reading) == (2, "received", (), None)


def test_a_transcript_of_no_session_is_not_found(units: UnitOfWorkFactory) -> None:
    with pytest.raises(NotFound):
        transcript(units, "nobody")
