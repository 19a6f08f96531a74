"""Whatever is typed is kept as typed, less what no database can keep."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.services.opening import open_session
from bot.services.receiving import receive
from bot.services.reporting import transcript
from bot.services.session_info import SessionInfo
from bot.storage.records import Reply
from bot.storage.types import clean
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW

any_text = st.text(st.characters(exclude_categories=[]))


def keep(units: UnitOfWorkFactory, session: SessionInfo, text: str) -> str:
    number = transcript(units, session.public_id).session.turns
    receive(units, session=session.public_id, message_id=f"m{number}", kind="text", text=text, now=NOW)
    return transcript(units, session.public_id).turns[-1].text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "太贵了，能便宜点吗？",
        "👩‍👩‍👧‍👦 🇨🇳 👍🏽",
        "e\u0301 vs \u00e9, Ω vs Ω",
        "\x01\x02\x07\x08\x1b[31mred\x1b[0m\x7f\x9f",
        "line\r\nline\nline\rline\u2028line",
        "'; DROP TABLE turns; --",
        '" OR 1=1 --',
        "%s %(name)s :name ?1 $1 {0} \\",
        "\u202eright to left\u202c \ufeff\u200b",
        "\U0010ffff\ufffe\uffff",
        "长" * 100_000,
        "x" * 100_000,
    ],
)
def test_text_is_kept_as_typed(units: UnitOfWorkFactory, session: SessionInfo, text: str) -> None:
    assert keep(units, session, text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x00", "ab"),
        ("a\ud800b\udfff", "ab"),
        ("\ud83d\ude00", "😀"),
        ("\ud83dx\ude00", "x"),
        ("\x00", ""),
    ],
)
def test_what_no_database_keeps_is_left_out(
    units: UnitOfWorkFactory, session: SessionInfo, text: str, kept: str
) -> None:
    assert keep(units, session, text) == kept


@given(text=any_text)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_kept(units: UnitOfWorkFactory, session: SessionInfo, text: str) -> None:
    assert keep(units, session, text) == clean(text)


@given(text=any_text)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode()


@given(text=any_text)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_shown_and_named(units: UnitOfWorkFactory, text: str) -> None:
    opened = open_session(
        units, trainee_key=None, name=text[:200], channel="web", lang="en", product="", now=NOW
    )
    with units() as uow:
        found = uow.sessions.lock(opened.public_id)
        assert found is not None
        assert found.name == clean(text[:200])
        turn = uow.turns.receive(found, message_id="m", kind="text", text=text, now=NOW)
        reply = Reply("k", "r", {"text": clean(text)}, {clean(text): [clean(text)]})
        answer = uow.turns.save_answer(
            turn,
            lang="en",
            product="",
            reading={"text": clean(text), "objections": []},
            command=None,
            replies_shown=[reply],
            slots={},
            now=NOW,
        )
        uow.commit()
    assert answer.replies == (reply,)


def test_surrogates_in_what_is_shown_do_not_stop_the_answer(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        turn = uow.turns.receive(found, message_id="m", kind="text", text="x", now=NOW)
        answer = uow.turns.save_answer(
            turn,
            lang="en",
            product="",
            reading={"text": "a\ud800b", "objections": []},
            command={"value": "a\x00b"},
            replies_shown=[Reply("k", "r", {"text": "a\udfffb"})],
            slots={},
            now=NOW,
        )
        uow.commit()
    assert answer.turn.reading == {"text": "ab", "objections": []}
    assert answer.replies[0].values == {"text": "ab"}


@pytest.mark.parametrize("public_id", ["\x00", "a\ud800", "'; --", "x" * 5000, ""])
def test_any_id_can_be_asked_for(units: UnitOfWorkFactory, public_id: str) -> None:
    with units() as uow:
        assert uow.sessions.find(public_id) is None
        assert uow.sessions.lock(public_id) is None
        assert uow.trainees.find(public_id) is None
