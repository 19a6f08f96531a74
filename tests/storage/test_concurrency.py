"""Many at once, threads and processes: no turn lost, none double, no gap, one answer for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.future import Engine

from bot.services.opening import ensure_session, open_session
from bot.services.receiving import receive
from bot.services.session_info import SessionInfo
from bot.storage.records import Reply, TurnRecord
from bot.storage.tables import trainees
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, Worker


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that start together; returns what they return."""
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = jobs[index]()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failures = [result for result in results if isinstance(result, BaseException)]
    assert failures == []
    return results


def turns_of(units: UnitOfWorkFactory, public_id: str) -> tuple[TurnRecord, ...]:
    with units(reading=True) as uow:
        found = uow.sessions.find(public_id)
        assert found is not None
        turns = uow.turns.of_session(found)
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    assert found.last_turn == len(turns)
    return turns


def test_threads_that_deliver_to_one_session(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    def deliver(prefix: str) -> Callable[[], list[int]]:
        def job() -> list[int]:
            return [
                receive(
                    units,
                    session=session.public_id,
                    message_id=f"{prefix}{i}",
                    kind="text",
                    text="x",
                    now=NOW,
                ).turn
                for i in range(10)
            ]

        return job

    # Two threads deliver the same messages: every message has two deliveries.
    results = at_once(*[deliver(prefix) for prefix in "aabbccdd"])
    assert results[0::2] == results[1::2]
    turns = turns_of(units, session.public_id)
    assert len(turns) == 40
    for prefix in "abcd":
        sent = [turn.message_id for turn in turns if turn.message_id.startswith(prefix)]
        assert sent == [f"{prefix}{i}" for i in range(10)]


def test_processes_that_deliver_to_one_session(
    units: UnitOfWorkFactory, session: SessionInfo, start_worker: Callable[..., Worker]
) -> None:
    workers = [start_worker("receive_many", session.public_id, prefix, "15") for prefix in "aabc"]
    for worker in workers:
        worker.wait_for("ready")
    for worker in workers:
        worker.go()
    assert [worker.finish() for worker in workers] == [0] * len(workers)
    turns = turns_of(units, session.public_id)
    assert len(turns) == 45
    for prefix in "abc":
        sent = [turn.message_id for turn in turns if turn.message_id.startswith(prefix)]
        assert sent == [f"{prefix}{i}" for i in range(15)]


def test_processes_that_answer_one_message_leave_one_answer(
    units: UnitOfWorkFactory, session: SessionInfo, start_worker: Callable[..., Worker]
) -> None:
    workers = [start_worker("answer", session.public_id, "m", f"answer {i}") for i in range(3)]
    for worker in workers:
        worker.wait_for("ready")
    for worker in workers:
        worker.go()
    assert [worker.finish() for worker in workers] == [0, 0, 0]
    (turn,) = turns_of(units, session.public_id)
    with units(reading=True) as uow:
        answer = uow.turns.answer_of(turn)
    assert answer is not None
    (reply,) = answer.replies
    assert turn.slots == {"by": reply.values["text"]}


def test_threads_that_answer_one_turn_all_get_the_same(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    receive(units, session=session.public_id, message_id="m", kind="text", text="x", now=NOW)
    (turn,) = turns_of(units, session.public_id)

    def answer(text: str) -> Callable[[], str]:
        def job() -> str:
            with units() as uow:  # without the session's lock: the turn itself must withstand it
                answer = uow.turns.save_answer(
                    turn,
                    lang="zh",
                    product="",
                    reading=None,
                    command=None,
                    replies_shown=[Reply("line", "utter_line", {"text": text})],
                    slots={},
                    now=NOW,
                )
                uow.commit()
            return repr(answer)

        return job

    assert len(set(at_once(*[answer(f"answer {i}") for i in range(8)]))) == 1


def test_one_id_opened_at_once_is_one_session(units: UnitOfWorkFactory, engine: Engine) -> None:
    def job() -> str:
        return ensure_session(
            units, public_id="shell-1", channel="shell", lang="zh", product="alarm", now=NOW
        ).public_id

    assert at_once(*[job] * 8) == ["shell-1"] * 8
    with units(reading=True) as uow:
        assert uow.sessions.count() == 1
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(trainees)).scalar() == 1


def test_one_trainee_who_opens_at_once_is_one_person(units: UnitOfWorkFactory, engine: Engine) -> None:
    def job() -> str:
        return open_session(
            units, trainee_key="k" * 22, name="李", channel="web", lang="zh", product="alarm", now=NOW
        ).public_id

    assert len(set(at_once(*[job] * 8))) == 8
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(trainees)).scalar() == 1


def test_sessions_do_not_wait_for_each_other_on_postgresql(
    units: UnitOfWorkFactory, engine: Engine, session: SessionInfo
) -> None:
    other = open_session(units, trainee_key=None, name="", channel="web", lang="en", product="", now=NOW)
    with units(reading=engine.dialect.name == "sqlite") as holding:
        # SQLite has one writer at a time; there it is enough that a reader holds nobody up.
        find = holding.sessions.find if engine.dialect.name == "sqlite" else holding.sessions.lock
        assert find(session.public_id) is not None
        received = receive(units, session=other.public_id, message_id="m", kind="text", text="x", now=NOW)
    assert received.turn == 1
