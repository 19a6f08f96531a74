"""Everything on record can be moved to another database, and work goes on there."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from bot.channels.slack_events import MESSAGE, SlackEvent
from bot.channels.slack_outbox import Owed
from bot.channels.slack_people import Installation
from bot.channels.slack_plan import POST, Post
from bot.channels.slack_store import SlackStore
from bot.commands.moving import move_all
from bot.services.correcting import correct_type
from bot.services.digesting import digest
from bot.services.receiving import receive
from bot.services.reporting import list_sessions, transcript
from bot.services.session_info import SessionInfo
from bot.storage.engine import open_engine
from bot.storage.moving import NotEmpty, move
from bot.storage.records import CardRecord, Reply
from bot.storage.tables import metadata
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

from .conftest import NOW, PostgresServer

Result = TypeVar("Result")


def fill(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    """Put something into every table, awkward values among it."""
    public_id = session.public_id
    for number, text in enumerate(["", "太贵了\r\n\"'\\N,;\t👍", "\x01\x1b"], start=1):
        receive(units, session=public_id, message_id=f"m{number}", kind="text", text=text, now=NOW)
    click = '/wrong_type{"turn": 1}'
    receive(units, session=public_id, message_id="m4", kind="click", text=click, now=NOW)
    with units() as uow:
        found = uow.sessions.lock(public_id)
        assert found is not None
        turn = uow.turns.by_number(found, 2)
        assert turn is not None
        uow.turns.save_answer(
            turn,
            lang="zh",
            product="",
            reading={"b": 1e-17, "a": 1.0, "objections": [{"type": "price"}]},
            command=None,
            replies_shown=[Reply("k", "r", {"t": "“太贵”"}, {"z": [1.5, None, True]})],
            slots={},
            now=NOW,
        )
        uow.commit()
    practise(units, public_id)
    correct_type(
        units,
        session=public_id,
        trainee_key=str(session.trainee_key),
        message_id="c",
        turn=2,
        to_type="payment",
        now=NOW,
    )
    digest(units, now=NOW)


def practise(units: UnitOfWorkFactory, public_id: str) -> None:
    """Put something into every table of practice."""
    with units() as uow:
        found = uow.sessions.lock(public_id)
        assert found is not None
        turns = [uow.turns.by_number(found, number) for number in (1, 2, 3)]
        assert turns[0] and turns[1] and turns[2]
        talk = uow.talks.start(
            found,
            scenario="s",
            lang="zh",
            level="novice",
            seed=2**32 - 1,
            versions={},
            now=NOW,
        )
        talk_turn = uow.talks.add_turn(
            talk,
            turns[0],
            number=1,
            attempt=1,
            type_="price",
            technique="none",
            score=3,
            reply="“嗯”",
            line="\n",
            assessment={},
            state={},
            course={"models": [1]},
            now=NOW,
        )
        uow.talks.note(talk, turns[1], kind="hint", data={}, now=NOW)
        played = uow.talks.turn_by_id(talk, talk_turn.id)
        assert played is not None
        uow.talks.appeal(talk, played, rule="listen", reason="👍", now=NOW)
        uow.drills.save_card(found.trainee_id, CardRecord("price", "inquiry", {"s": 1.5}, NOW))
        drill = uow.drills.start(found, question={}, ends_at=NOW, now=NOW)
        uow.drills.add_answer(
            drill,
            turns[2],
            type_="price",
            method="inquiry",
            kind="type",
            asked="贵",
            given="x",
            correct=True,
            score=None,
            data={},
            now=NOW,
        )
        uow.sessions.hand_over(found, "another key", now=NOW)
        uow.commit()


def stored(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows as they lie in a database, times aside, which each keeps in its own way."""
    engine = open_engine(url)
    with engine.connect() as connection:
        rows = {}
        for table in metadata.sorted_tables:
            names = ", ".join(column.name for column in table.c if not column.name.endswith("_at"))
            key = ", ".join(column.name for column in table.primary_key.columns)
            found = connection.exec_driver_sql(f"SELECT {names} FROM {table.name} ORDER BY {key}")
            rows[table.name] = [
                tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
                for row in found
            ]
    engine.dispose()
    return rows


async def talk_in_slack(store: SlackStore) -> None:
    """Let the Slack channel keep something in each of its tables: what came, what is owed, who, where."""
    await store.install(Installation("T1", "Team 一", "UBOT", "xoxb-secret", "UADMIN"), 5.0)
    await store.learn("T1", "U1", name="李 Li", zone="Asia/Shanghai", im="D1")
    event = SlackEvent("T1", MESSAGE, "m.1", "U1", "D1", text="太贵了 👍", private=True)
    store.take([(event, 6.0), (replace(event, key="m.2"), 7.0)])
    work = await store.begin(event.conversation, 8.0)
    assert work is not None and work.event is not None
    like = Owed(0, event.conversation, "T1", "U1", "T1.m.1", "", {"channel": "D1"}, 6.0, 8.0, 0, 0.0)
    await store.finish(work.event, [Post(POST, {"text": "一"})], like, {"daily": "08:30"})


async def found_in_slack(store: SlackStore) -> tuple[object, ...]:
    """Return what the Slack channel goes on with."""
    work = await store.begin("T1.im.U1", 100.0)
    assert work is not None and work.event is not None
    waits = (work.event.event, [owed.arguments for owed in work.owed])
    wishing = [(one.name, one.zone, one.wishes) for one in await store.people_wishing("daily")]
    again = store.take([(replace(work.event.event, key="m.1"), 9.0)])
    return await store.installed("T1"), waits, wishing, again


def with_slack(url: str, work: Callable[[SlackStore], Awaitable[Result]], secret: str) -> Result:
    async def run() -> Result:
        return await work(store)

    store = SlackStore(url, secret)
    try:
        return asyncio.run(run())
    finally:
        store.close()


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_slack_goes_on_in_the_other_database_with_the_same_secret(
    url: str, session: SessionInfo, to: str, tmp_path: Path, postgres: PostgresServer
) -> None:
    secret = "s" * 32
    with_slack(url, talk_in_slack, secret)
    target = f"sqlite:///{tmp_path / 'target.db'}" if to == "sqlite" else postgres.url(postgres.create())
    counts = move_all(url, target)
    assert {table: n for table, n in counts.items() if table.startswith("slack_")} == {
        "slack_conversations": 1,
        "slack_events": 2,
        "slack_installations": 1,
        "slack_people": 1,
        "slack_posts": 1,
    }
    installed, (event, owed), wishing, again = with_slack(target, found_in_slack, secret)  # type: ignore[misc]
    assert installed == Installation("T1", "Team 一", "UBOT", "xoxb-secret", "UADMIN")
    assert (event.key, event.text, owed) == ("m.2", "太贵了 👍", [{"channel": "D1", "text": "一"}])
    assert wishing == [("李 Li", "Asia/Shanghai", {"daily": "08:30"})]
    assert again == []  # it came before the move
    assert with_slack(target, lambda store: store.installed("T1"), "another" * 5) is None


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_all_rows_arrive_and_work_goes_on(
    url: str,
    units: UnitOfWorkFactory,
    session: SessionInfo,
    to: str,
    tmp_path: Path,
    postgres: PostgresServer,
) -> None:
    fill(units, session)
    target = f"sqlite:///{tmp_path / 'target.db'}" if to == "sqlite" else postgres.url(postgres.create())
    counts = move_all(url, target)
    assert counts.pop("postings") > 10
    assert counts.pop("figures") > 3
    assert {table: count for table, count in counts.items() if count} == {
        "trainees": 1,
        "sessions": 1,
        "turns": 4,
        "replies": 1,
        "clicks": 1,
        "corrections": 1,
        "talks": 1,
        "talk_turns": 1,
        "talk_events": 1,
        "appeals": 1,
        "cards": 1,
        "drills": 1,
        "drill_answers": 1,
        "grants": 1,
        "digests": 1,
        "digest_marks": 1,
        "standings": 1,
    }
    assert stored(target) == stored(url)
    engine = open_engine(target)
    moved = unit_of_work_factory(engine)
    assert transcript(moved, session.public_id) == transcript(units, session.public_id)
    received = receive(moved, session=session.public_id, message_id="next", kind="text", text="x", now=NOW)
    assert received.turn == 5
    engine.dispose()


def test_a_database_with_sessions_is_no_target(
    url: str, units: UnitOfWorkFactory, session: SessionInfo, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "source.db")
    with pytest.raises(NotEmpty):
        move(f"sqlite:///{tmp_path / 'source.db'}", url)
    assert [found.public_id for found in list_sessions(units)] == [session.public_id]
