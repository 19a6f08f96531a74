"""Another model takes over while messages come in: none fails, each is answered once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tiny_project import Actions, Rasa, environment, lines, message, request, say

OLD, NEW = "You are welcome.", "My pleasure."


@pytest.fixture(scope="module")
def twofold(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny project with two models: the old one, and one that answers thanks otherwise."""
    root = tmp_path_factory.mktemp("twofold")
    shutil.copytree(project, root, dirs_exist_ok=True)
    domain = root / "domain.yml"
    domain.write_text(domain.read_text().replace(OLD, NEW))
    command = ["train", "--out", str(root), "--fixed-model-name", "newer"]
    done = subprocess.run(
        [sys.executable, "-m", "bot.channels.launcher", *command],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="module")
def running(twofold: Path, actions: Actions) -> Iterator[Rasa]:
    """A server that runs with the old model; the other ones lie beside it."""
    server = Rasa(twofold, actions.port, f"sqlite:///{twofold}/swap.db")
    server.start()
    (old,) = (twofold / "models").glob("*.tar.gz")
    shutil.copy(old, twofold / "models" / "older.tar.gz")
    shutil.copy(twofold / "newer.tar.gz", twofold / "models")
    (twofold / "models" / "broken.tar.gz").write_bytes(b"no model")
    yield server
    server.stop()


@pytest.fixture
def server(running: Rasa) -> Rasa:
    """The server, with the old model in use."""
    assert change(running, {"model": "older.tar.gz"}).status_code == 200
    return running


def change(server: Rasa, body: dict[str, Any] | bytes, **how: Any) -> httpx2.Response:
    return httpx2.post(f"{server.url}/model", timeout=60, **request(body, **how))


def test_no_message_is_lost_or_answered_twice_while_the_model_changes(server: Rasa, project: Path) -> None:
    sent: list[dict[str, Any]] = []
    answers: dict[str, list[dict[str, Any]]] = {}
    statuses: Counter[int] = Counter()
    changed = threading.Event()

    def talk(sender: str) -> None:
        after = 0
        while after < 5:
            after += changed.is_set()
            body = message("thanks" if len(sent) % 2 else "hello", sender)
            sent.append(body)
            answer = httpx2.post(f"{server.url}/webhook", timeout=60, **request(body))
            statuses[answer.status_code] += 1
            answers[body["message_id"]] = lines(answer)

    talkers = [threading.Thread(target=talk, args=(uuid.uuid4().hex,)) for _ in range(4)]
    for talker in talkers:
        talker.start()
    before = httpx2.get(f"{server.url}/ready").json()["model_id"]
    told = change(server, {"model": "newer.tar.gz"})
    changed.set()
    for talker in talkers:
        talker.join()

    assert told.status_code == 200
    assert told.json()["model_id"] != before
    assert httpx2.get(f"{server.url}/ready").json() == {
        "ready": True,
        "checks": {"model": True, "secret": True, "store": True, "locks": True, "actions": True},
        "model_id": told.json()["model_id"],
    }
    assert statuses == {200: len(sent)}
    assert all(answer[-1].get("done") for answer in answers.values())
    thanks = [answers[body["message_id"]][0]["text"] for body in sent if body["text"] == "thanks"]
    assert set(thanks) == {OLD, NEW}
    acted = Counter((project / "journal").read_text().split())
    assert {acted[body["message_id"]] for body in sent if body["text"] == "hello"} == {1}
    for body in sent:
        assert say(server, body) == answers[body["message_id"]]


def test_a_turn_that_is_under_way_ends_with_the_model_that_it_began_with(server: Rasa, sender: str) -> None:
    slow: list[Any] = []
    turn = threading.Thread(target=lambda: slow.extend(say(server, message("slow hello", sender))))
    turn.start()
    assert change(server, {"model": "newer.tar.gz"}).status_code == 200
    turn.join()
    assert (slow[0]["text"], slow[-1]) == ("I heard: slow hello", {"done": True, "turn": 1})
    assert say(server, message("thanks", sender))[0]["text"] == NEW


def test_a_failing_turn_leaves_no_trace_with_the_new_model_either(server: Rasa, sender: str) -> None:
    assert change(server, {"model": "newer.tar.gz"}).status_code == 200
    assert say(server, message("broken", sender)) == [{"error": "try_again"}]
    endless = {"sender": sender, "message_id": "m", "payload": "/wrong_type"}
    assert say(server, endless)[-1] == {"error": "try_again"}
    assert say(server, message("hello", sender))[-1] == {"done": True, "turn": 1}


def test_a_model_that_cannot_be_used_changes_nothing(server: Rasa, sender: str) -> None:
    for body in (
        {"model": "broken.tar.gz"},
        {"model": "absent.tar.gz"},
        {"model": "../newer.tar.gz"},
        {"model": None},
        b"{",
    ):
        assert change(server, body).status_code == 422
    assert say(server, message("thanks", sender))[0]["text"] == OLD


def test_only_a_signed_call_changes_the_model(server: Rasa, sender: str) -> None:
    assert change(server, {"model": "newer.tar.gz"}, secret="guessed").status_code == 401
    assert change(server, {"model": "newer.tar.gz"}, age=400).status_code == 401
    assert say(server, message("thanks", sender))[0]["text"] == OLD
