"""Two Rasa servers on one PostgreSQL: nothing lost, nothing double, whoever answers."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tiny_project import Actions, Rasa, message, say


@pytest.fixture(scope="module")
def two(project: Path, actions: Actions, postgres: str) -> Iterator[tuple[Rasa, Rasa]]:
    servers = Rasa(project, actions.port, postgres), Rasa(project, actions.port, postgres)
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.stop()


def test_messages_at_once_to_both_servers_all_count_once(two: tuple[Rasa, Rasa]) -> None:
    senders = [uuid.uuid4().hex for _ in range(15)]
    jobs = [(two[n % 2], message(f"hello {n}", sender)) for sender in senders for n in range(4)]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda job: say(*job), jobs))
    for start in range(0, len(jobs), 4):
        mine = answers[start : start + 4]
        assert sorted(answer[-1]["turn"] for answer in mine) == [1, 2, 3, 4]
        assert sorted(answer[0]["data"]["heard"] for answer in mine) == [1, 2, 3, 4]


def test_one_message_delivered_to_both_servers_is_processed_once(
    two: tuple[Rasa, Rasa], project: Path
) -> None:
    body = message("slow hello", uuid.uuid4().hex)
    with ThreadPoolExecutor(4) as threads:
        answers: list[Any] = list(threads.map(lambda n: say(two[n % 2], body), range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert (project / "journal").read_text().split().count(body["message_id"]) == 1


def test_a_conversation_goes_on_at_the_other_server(two: tuple[Rasa, Rasa], sender: str) -> None:
    answers = [say(two[n % 2], message("hello", sender)) for n in range(6)]
    assert [answer[-1]["turn"] for answer in answers] == [1, 2, 3, 4, 5, 6]
    assert [answer[0]["data"]["heard"] for answer in answers] == [1, 2, 3, 4, 5, 6]
