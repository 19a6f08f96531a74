"""The action server's protection, on the real server."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tiny_project import TOKEN, Actions, Process, environment, free_port

CALL: dict[str, Any] = {
    "next_action": "action_reply",
    "sender_id": "s",
    "version": "3.6.21",
    "tracker": {
        "sender_id": "s",
        "slots": {},
        "latest_message": {"text": "hello", "message_id": "m"},
        "events": [],
        "paused": False,
        "active_loop": {},
        "latest_action_name": None,
        "followup_action": None,
    },
}


def post(port: int, call: Any = CALL, **headers: str) -> httpx2.Response:
    return httpx2.post(f"http://127.0.0.1:{port}/webhook", json=call, headers=headers, timeout=10)


def test_with_its_token_a_call_is_answered(actions: Actions) -> None:
    answer = post(actions.port, **{"X-Action-Token": TOKEN})
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["response"] == "utter_heard"


@pytest.mark.parametrize("token", [None, "", "guessed", TOKEN + " x", "é"])
def test_without_its_token_nothing_runs(actions: Actions, token: str | None) -> None:
    headers = {} if token is None else {"X-Action-Token": token.encode("utf-8")}
    answer = httpx2.post(f"http://127.0.0.1:{actions.port}/webhook", json=CALL, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert httpx2.get(f"http://127.0.0.1:{actions.port}/actions", headers=headers).status_code == 401


def test_health_needs_no_token(actions: Actions) -> None:
    assert httpx2.get(f"http://127.0.0.1:{actions.port}/health").json() == {"status": "ok"}


def test_a_browser_gets_nothing_even_with_the_token(actions: Actions) -> None:
    assert post(actions.port, Origin="http://evil.example", **{"X-Action-Token": TOKEN}).status_code == 403


def test_an_error_tells_nothing(actions: Actions) -> None:
    call = {
        **CALL,
        "tracker": {**CALL["tracker"], "latest_message": {"text": "broken pin", "message_id": "m"}},
    }
    answer = post(actions.port, call, **{"X-Action-Token": TOKEN})
    assert (answer.status_code, answer.json()) == (500, {"error": "action_failed"})
    assert "pin" not in actions.log.read_text()
    assert "RuntimeError" in actions.log.read_text()


@pytest.mark.parametrize("body", [b"{", b"null", b"[]", b"{}"])
def test_nonsense_is_refused_without_details(actions: Actions, body: bytes) -> None:
    headers = {"X-Action-Token": TOKEN, "Content-Type": "application/json"}
    answer = httpx2.post(f"http://127.0.0.1:{actions.port}/webhook", content=body, headers=headers)
    assert "Traceback" not in answer.text
    assert "request_body" not in answer.text


def test_an_unknown_path_is_not_found(actions: Actions) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{actions.port}/other", headers={"X-Action-Token": TOKEN})
    assert (answer.status_code, answer.json()) == (404, {"error": "bad_request"})


def test_it_listens_on_this_machine_only(actions: Actions) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", actions.port), timeout=2)


def test_without_a_token_it_refuses_to_serve_other_machines(project: Path) -> None:
    arguments = [
        "actions.server",
        "--host",
        "0.0.0.0",
        "--port",
        str(free_port()),
        "--actions",
        "tiny_actions",
    ]
    ended = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env=environment(project, DOJO_ACTION_TOKEN=""),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 2
    assert "DOJO_ACTION_TOKEN" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def plain(project: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """A server started as rasa_sdk does it by itself, with the given token."""
    port = free_port()
    arguments = ["rasa_sdk", "--port", str(port), "--actions", "tiny_actions"]
    server = Process(arguments, project, {"DOJO_ACTION_TOKEN": request.param})
    server.start()
    server.wait_until(f"http://127.0.0.1:{port}/health")
    yield port
    server.stop(signal.SIGTERM)


@pytest.mark.parametrize("plain", [TOKEN], indirect=True)
def test_started_plainly_it_is_protected_too(plain: int) -> None:
    assert post(plain).status_code == 401
    assert post(plain, **{"X-Action-Token": TOKEN}).status_code == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", plain), timeout=2)


@pytest.mark.parametrize("plain", [""], indirect=True)
def test_started_plainly_without_a_token_it_serves_this_machine_only(plain: int) -> None:
    assert post(plain).status_code == 200
    assert post(plain, Host="rebound.example").status_code == 403
    assert post(plain, Origin="http://127.0.0.1").status_code == 403
