"""A process that works on a database beside the tests: `worker.py URL JOB ARGUMENTS`.

It says `ready`, waits for a line, works, and says `done`; jobs that are to be killed say where they are.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone

from bot.services.receiving import receive
from bot.storage.engine import open_engine
from bot.storage.records import Reply
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=timezone.utc)


def say(word: str) -> None:
    """Tell the test, and wait for its sign."""
    print(word, flush=True)


def receive_many(units: UnitOfWorkFactory, session: str, prefix: str, number: str) -> None:
    """Receive messages, each of them twice."""
    for index in range(int(number)):
        for _ in range(2):
            receive(units, session=session, message_id=f"{prefix}{index}", kind="text", text=prefix, now=NOW)


def answer(units: UnitOfWorkFactory, session: str, message_id: str, text: str) -> None:
    """Save an answer with a text of one's own."""
    with units() as uow:
        found = uow.sessions.lock(session)
        assert found is not None
        turn = uow.turns.receive(found, message_id=message_id, kind="text", text="?", now=NOW)
        uow.turns.save_answer(
            turn,
            lang="zh",
            product="alarm",
            reading=None,
            command=None,
            replies_shown=[Reply("line", "utter_line", {"text": text})],
            slots={"by": text},
            now=NOW,
        )
        uow.commit()


def receive_and_hang(units: UnitOfWorkFactory, session: str, message_id: str, commit: str) -> None:
    """Receive a message and wait to be killed, before or after the commit."""
    with units() as uow:
        found = uow.sessions.lock(session)
        assert found is not None
        uow.turns.receive(found, message_id=message_id, kind="text", text="cut off", now=NOW)
        if commit == "committed":
            uow.commit()
        say("hanging")
        sys.stdin.readline()


def answer_and_hang(units: UnitOfWorkFactory, session: str, message_id: str) -> None:
    """Save half of what an answer is and wait to be killed."""
    with units() as uow:
        found = uow.sessions.lock(session)
        assert found is not None
        turn = uow.turns.find(found, message_id)
        assert turn is not None
        uow.turns.save_answer(
            turn,
            lang="zh",
            product="alarm",
            reading=None,
            command=None,
            replies_shown=[Reply("line", "utter_line", {"text": "lost"})],
            slots={},
            now=NOW,
        )
        say("hanging")
        sys.stdin.readline()


def upgrade_schema(units: UnitOfWorkFactory) -> None:
    """Bring the schema up to date."""
    upgrade(engine)


JOBS = {
    "receive_many": receive_many,
    "answer": answer,
    "receive_and_hang": receive_and_hang,
    "answer_and_hang": answer_and_hang,
    "upgrade_schema": upgrade_schema,
}

if __name__ == "__main__":
    engine = open_engine(sys.argv[1])
    say("ready")
    sys.stdin.readline()
    JOBS[sys.argv[2]](unit_of_work_factory(engine), *sys.argv[3:])
    say("done")
