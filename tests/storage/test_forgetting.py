"""Words that are deleted after a while, people who take their data or are forgotten, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Text, select, text
from sqlalchemy.future import Engine

from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.errors import NotFound, Refused
from bot.services.filing import keep
from bot.services.forgetting import erase, erase_own, everything_about, purge_old
from bot.services.issuing import issue
from bot.services.reporting import transcript
from bot.services.reviewing import Form, change, undo
from bot.storage.accounts import token_hash
from bot.storage.forgetting import GONE, KEPT, WORDS, belongings, scrub
from bot.storage.records import Reply
from bot.storage.tables import metadata, sessions, trainees, turns
from bot.storage.types import CleanString, CleanText, Json
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .test_people import SECRET, member, practised

LATER = NOW + timedelta(days=91)
SECRET_WORDS = "我老婆叫李梅，电话13800000000"
READING = {
    "text": SECRET_WORDS,
    "objections": [
        {"type": "price", "span": "太贵", "confidence": 0.91, "nature": {"id": "genuine", "cue": "贵"}}
    ],
}


def talk_of(units: UnitOfWorkFactory, person: Person) -> str:
    """Let a person say something that is answered; returns the session."""
    session = practised(units, person).public_id
    with units() as uow:
        found = uow.sessions.lock(session)
        assert found is not None
        turn = uow.turns.receive(found, message_id="m1", kind="text", text=SECRET_WORDS, now=NOW)
        uow.turns.save_answer(
            turn,
            lang="zh",
            product="alarm",
            reading=READING,
            command={"intent": "customer"},
            replies_shown=[Reply("script", "utter_script", {"text": SECRET_WORDS}, {"line": SECRET_WORDS})],
            slots={"customer_line": SECRET_WORDS},
            now=NOW,
        )
        uow.commit()
    return session


def everything(engine: Engine) -> str:
    with engine.connect() as connection:
        return repr([connection.execute(select(table)).all() for table in metadata.sorted_tables])


def rasa_remembers(engine: Engine, session: str) -> None:
    with engine.begin() as connection:
        for table in ("rasa_events", "rasa_conversations"):
            connection.execute(text(f"CREATE TABLE {table} (sender_id TEXT, data TEXT)"))
            connection.execute(
                text(f"INSERT INTO {table} VALUES (:s, :d)"), {"s": session, "d": SECRET_WORDS}
            )


def rasa_rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return sum(
            int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
            for table in ("rasa_events", "rasa_conversations")
        )


def test_old_words_are_deleted_and_figures_stay(units: UnitOfWorkFactory, engine: Engine) -> None:
    session = talk_of(units, member(units, "rep", TRAINEE))
    rasa_remembers(engine, session)
    assert purge_old(units, keep_days=90, now=NOW + timedelta(days=89)) == 0
    assert SECRET_WORDS in everything(engine)
    assert purge_old(units, keep_days=90, now=LATER) == 1
    assert "李梅" not in everything(engine) and rasa_rows(engine) == 0
    with engine.connect() as connection:
        row = connection.execute(select(turns)).one()
    assert row.objections is not None
    assert row.reading["objections"][0]["type"] == "price"
    assert row.reading["objections"][0]["confidence"] == 0.91
    assert transcript(units, session).session.purged_at == LATER
    assert purge_old(units, keep_days=90, now=LATER) == 0


def test_nothing_is_purged_where_no_days_are_set(units: UnitOfWorkFactory) -> None:
    talk_of(units, member(units, "rep", TRAINEE))
    assert purge_old(units, keep_days=0, now=NOW + timedelta(days=5000)) == 0


def test_every_column_with_words_is_known() -> None:
    """A new table below sessions must say which of its columns are emptied, and which may stay."""
    for table, _ in belongings(sessions, sessions.c.id == 1):
        known = {f"{table.name}.{name}" for name in WORDS.get(table.name, ())} | KEPT
        long = {
            f"{table.name}.{column.name}"
            for column in table.columns
            if isinstance(column.type, (CleanText, Json, Text)) and not isinstance(column.type, CleanString)
        }
        # the objection types of a turn, ids only
        assert table.name in GONE or long - {"turns.objections"} <= known, table.name


words = st.text(alphabet="我老婆李梅 phone Li", min_size=1).filter(lambda s: not s.isascii() or " " in s)
stored = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "text", "said", "x"]), inner),
)


@given(stored)
def test_no_word_is_left_in_scrubbed_json_and_all_else_is(value: object) -> None:
    told = json.dumps(scrub(value), ensure_ascii=False)
    assert not set(told) & set("我老婆李梅")
    assert scrub(scrub(value)) == scrub(value)


def test_ids_stay_in_scrubbed_json() -> None:
    assert scrub(
        {"type": "price", "violations": ["argue"], "score": 61, "why": "argue", "name": "price"}
    ) == {
        "type": "price",
        "violations": ["argue"],
        "score": 61,
        "why": "",
        "name": "",
    }


def test_a_person_gets_everything_that_is_kept_about_them(units: UnitOfWorkFactory) -> None:
    rep, colleague = member(units, "rep", TRAINEE), member(units, "colleague", TRAINEE)
    session = talk_of(units, rep)
    other = talk_of(units, colleague)
    assert rep.account is not None
    lines = [
        json.loads(line) for line in everything_about(units, SECRET, person=rep, account=rep.account, now=NOW)
    ]
    tables = {line["table"] for line in lines}
    assert {"accounts", "trainees", "sessions", "turns", "replies"} <= tables
    told = json.dumps(lines, ensure_ascii=False)
    assert session in told and SECRET_WORDS in told
    assert other not in told and "password_hash" not in told
    with pytest.raises(NotFound):
        everything_about(units, SECRET, person=colleague, account=rep.account, now=NOW)


def test_what_trainers_say_among_themselves_is_not_in_anybodys_data(units: UnitOfWorkFactory) -> None:
    rep, boss = member(units, "rep", TRAINEE), member(units, "boss", ADMIN)
    session = talk_of(units, rep)
    rubric: Any = None  # no comment looks at it
    said = [("m-private", "Not for their eyes.", False), ("m-told-11", "Lovely question.", True)]
    for token, words_, told in said:
        form = Form("comment", seen=10_000, token=token, turn=1, data={"text": words_, "told": told})
        change(units, rubric, person=boss, session=session, form=form, now=NOW)
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
        assert found is not None
        first = uow.reviews.of_session(found)[0].id
    undo(units, rubric, person=boss, session=session, event=first, seen=10_000, token="m-undo-11", now=NOW)
    assert rep.account is not None
    for who in (rep, boss):
        told_ = list(everything_about(units, SECRET, person=who, account=rep.account, now=NOW))
        lines = [json.loads(line) for line in told_]
        assert "Lovely question." in "".join(told_) and "Not for their eyes." not in "".join(told_)
        assert sum(line["table"] == "review_events" for line in lines) == 1


def test_an_account_is_exported_without_secrets_and_erased(units: UnitOfWorkFactory, engine: Engine) -> None:
    boss, ann = member(units, "boss", ADMIN), member(units, "ann", TRAINER)
    assert ann.account is not None
    keep(units, person=ann, name="Dear ones", query="q=Robin+Hood", team=None, now=NOW)
    token = issue(units, person=ann, name="A program", scopes=["people:read"], days=3, now=NOW)
    lines = list(everything_about(units, SECRET, person=ann, account=ann.account, now=NOW))
    tables = {json.loads(line)["table"] for line in lines}
    assert {"kept_filters", "tokens"} <= tables
    assert "Dear ones" in "".join(lines) and token_hash(token) not in "".join(lines)
    with units(reading=True) as uow:
        account = uow.accounts.find(ann.account)
    assert account is not None
    erase(units, SECRET, person=boss, account=ann.account, now=NOW)
    for gone in ("'ann'", account.pseudonym, "Dear ones", "Robin"):
        assert gone not in everything(engine)


def test_an_erased_person_is_gone_and_nobody_else(units: UnitOfWorkFactory, engine: Engine) -> None:
    boss, rep, colleague = (
        member(units, "boss", ADMIN),
        member(units, "rep", TRAINEE),
        member(units, "colleague", TRAINEE),
    )
    mine, theirs = talk_of(units, rep), talk_of(units, colleague)
    rasa_remembers(engine, mine)
    assert rep.account is not None
    erase(units, SECRET, person=boss, account=rep.account, now=NOW)
    with engine.connect() as connection:
        assert connection.execute(select(sessions.c.public_id)).scalars().all() == [theirs]
        assert connection.execute(select(trainees.c.id).where(trainees.c.name == "rep")).first() is None
    assert rasa_rows(engine) == 0
    assert "'rep'" not in everything(engine)
    with units(reading=True) as uow:
        assert uow.audit.entries(subject="account", subject_id=str(rep.account))[0].action == "erase"


def test_only_oneself_and_admins_erase_and_never_the_last_admin(units: UnitOfWorkFactory) -> None:
    boss, rep, colleague = (
        member(units, "boss", ADMIN),
        member(units, "rep", TRAINEE),
        member(units, "colleague", TRAINEE),
    )
    assert rep.account is not None and boss.account is not None
    with pytest.raises(NotFound):
        erase(units, SECRET, person=colleague, account=rep.account, now=NOW)
    with pytest.raises(Refused, match="last_admin"):
        erase(units, SECRET, person=boss, account=boss.account, now=NOW)
    with pytest.raises(Refused, match="proof"):
        erase_own(units, SECRET, person=rep, proof="something else", now=NOW)
    erase_own(units, SECRET, person=rep, proof="rep", now=NOW)  # no password: signs in elsewhere
    with pytest.raises(NotFound):
        erase(units, SECRET, person=boss, account=10_000, now=NOW)
