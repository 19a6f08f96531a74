"""A process killed between steps leaves a record that the next one goes on from."""

from __future__ import annotations

from collections.abc import Callable

from bot.services.receiving import Received, receive
from bot.services.session_info import SessionInfo
from bot.storage.records import Reply
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, Worker


def deliver(units: UnitOfWorkFactory, session: SessionInfo, message_id: str) -> Received:
    return receive(units, session=session.public_id, message_id=message_id, kind="text", text="x", now=NOW)


def hang(start_worker: Callable[..., Worker], *arguments: str) -> Worker:
    worker = start_worker(*arguments)
    worker.wait_for("ready")
    worker.go()
    worker.wait_for("hanging")
    return worker


def numbers(units: UnitOfWorkFactory, session: SessionInfo) -> list[tuple[int, str]]:
    with units(reading=True) as uow:
        found = uow.sessions.find(session.public_id)
        assert found is not None
        return [(turn.number, turn.message_id) for turn in uow.turns.of_session(found)]


def test_killed_before_the_commit_the_turn_is_not_there_and_the_number_is_free(
    units: UnitOfWorkFactory, session: SessionInfo, start_worker: Callable[..., Worker]
) -> None:
    deliver(units, session, "before")
    hang(start_worker, "receive_and_hang", session.public_id, "cut", "open").kill()
    assert numbers(units, session) == [(1, "before")]
    delivered = deliver(units, session, "cut")
    assert (delivered.turn, delivered.already_answered) == (2, False)
    assert numbers(units, session) == [(1, "before"), (2, "cut")]


def test_killed_after_the_commit_the_turn_is_there_and_the_repeated_delivery_finds_it(
    units: UnitOfWorkFactory, session: SessionInfo, start_worker: Callable[..., Worker]
) -> None:
    hang(start_worker, "receive_and_hang", session.public_id, "cut", "committed").kill()
    delivered = deliver(units, session, "cut")
    assert (delivered.turn, delivered.already_answered) == (1, False)
    assert numbers(units, session) == [(1, "cut")]


def test_killed_while_answering_the_turn_waits_for_its_answer(
    units: UnitOfWorkFactory, session: SessionInfo, start_worker: Callable[..., Worker]
) -> None:
    deliver(units, session, "m")
    hang(start_worker, "answer_and_hang", session.public_id, "m").kill()
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        turn = uow.turns.find(found, "m")
        assert turn is not None
        assert not turn.answered
        assert uow.turns.replies_of_session(found) == ()
        kept = Reply("line", "utter_line", {"text": "kept"})
        answer = uow.turns.save_answer(
            turn,
            lang="zh",
            product="",
            reading=None,
            command=None,
            replies_shown=[kept],
            slots={},
            now=NOW,
        )
        uow.commit()
    assert answer.replies == (kept,)


def test_one_killed_among_many_holds_nobody_up(
    units: UnitOfWorkFactory, session: SessionInfo, start_worker: Callable[..., Worker]
) -> None:
    hanging = hang(start_worker, "receive_and_hang", session.public_id, "cut", "open")
    others = [start_worker("receive_many", session.public_id, prefix, "5") for prefix in "ab"]
    for worker in others:
        worker.wait_for("ready")
    for worker in others:
        worker.go()
    hanging.kill()
    assert [worker.finish() for worker in others] == [0, 0]
    found = numbers(units, session)
    assert [number for number, _ in found] == list(range(1, 11))
    assert {message_id for _, message_id in found} == {f"{prefix}{i}" for prefix in "ab" for i in range(5)}
