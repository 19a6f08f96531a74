"""Socket Mode: what comes over the connection is answered once, through every way a connection ends."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from engine_room import EngineRoom, OpenRoom
from fake_slack import click, direct
from test_slack_failures import locked

from bot.channels import slack_socket
from bot.channels.slack_events import OPTIONS, SLASH
from bot.channels.slack_plan import AtOnce

EVENT, INTERACTIVE, COMMAND = "events_api", "interactive", "slash_commands"


@pytest.fixture
def room(open_room: OpenRoom) -> EngineRoom:
    """A channel that opens a connection and has no public address."""
    started = open_room(app_token="xapp-tests", signing_secret="", port=0)
    started.fake.wait(lambda: started.fake.connected == 1)
    return started


def acknowledged(room: EngineRoom, envelope: str, seconds: float = 3.0) -> object:
    room.fake.wait(lambda: envelope in room.fake.acks, seconds, "an acknowledgement")
    return room.fake.acks[envelope][1]


def test_a_message_over_the_socket_is_acknowledged_and_answered(room: EngineRoom) -> None:
    assert acknowledged(room, room.fake.push(EVENT, direct("hello"))) is None
    assert room.fake.wait_texts("D1", 1) == ["1: hello"]


def test_clicks_commands_and_menus_are_acknowledged_with_what_they_ask_for(room: EngineRoom) -> None:
    room.face.quick = {
        SLASH: AtOnce(ack={"text": "see your messages"}, kept=False),
        OPTIONS: AtOnce(ack={"options": []}, kept=False),
    }
    fields = {"team_id": "T1", "user_id": "U1", "command": "/dojo", "text": "help", "trigger_id": "1"}
    assert acknowledged(room, room.fake.push(COMMAND, fields)) == {"text": "see your messages"}
    menu = click("", type="block_suggestion")
    assert acknowledged(room, room.fake.push(INTERACTIVE, menu)) == {"options": []}
    acknowledged(room, room.fake.push(INTERACTIVE, click("/another_version")))
    assert room.fake.wait_texts("D1", 1) == ["1: /another_version"]


@pytest.mark.parametrize("kind", ["view_closed", "of tomorrow"])
def test_what_is_not_known_is_acknowledged(room: EngineRoom, kind: str) -> None:
    acknowledged(room, room.fake.push(INTERACTIVE, click("", type=kind)))
    acknowledged(room, room.fake.push(kind, {}))


def test_an_envelope_sent_again_is_one_turn(room: EngineRoom) -> None:
    payload = direct("hello")
    for envelope in ("e1", "e1", "e2"):
        acknowledged(room, room.fake.push(EVENT, payload, envelope, retry_attempt=1, retry_reason="timeout"))
    room.fake.push(EVENT, direct("the end"))
    assert room.fake.wait_texts("D1", 2) == ["1: hello", "2: the end"]


def test_when_slack_announces_the_end_of_a_connection_the_next_one_is_there(room: EngineRoom) -> None:
    room.fake.push(EVENT, direct("one"))
    room.fake.refresh()
    room.fake.wait(lambda: len(room.fake.calls_of("apps.connections.open")) == 2 and room.fake.connected)
    acknowledged(room, room.fake.push(EVENT, direct("two")))
    assert room.fake.wait_texts("D1", 2) == ["1: one", "2: two"]


def test_a_connection_that_breaks_is_opened_again_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, room: EngineRoom
) -> None:
    monkeypatch.setattr(slack_socket, "_LONGEST_PAUSE_SECONDS", 0.5)
    for number, kind in enumerate(("500", "drop", "invalid_auth", "429")):
        room.fake.fail("apps.connections.open", kind)
        room.fake.cut()
        before = len(room.fake.calls_of("apps.connections.open"))
        room.fake.wait(
            lambda before=before: (
                len(room.fake.calls_of("apps.connections.open")) >= before + 2 and room.fake.connected == 1
            )
        )
        acknowledged(room, room.fake.push(EVENT, direct(f"n{number}")))
    assert room.fake.wait_texts("D1", 4) == [f"{n + 1}: n{n}" for n in range(4)]


def test_while_the_database_is_locked_envelopes_are_acknowledged_in_time(
    room: EngineRoom, tmp_path: Path
) -> None:
    room.fake.push(EVENT, direct("one"))
    room.fake.wait_texts("D1", 1)
    with locked(tmp_path / "dojo.db"):
        began = time.monotonic()
        for text in ("two", "three"):
            acknowledged(room, room.fake.push(EVENT, direct(text)))
        assert time.monotonic() - began < 5
    assert room.fake.wait_texts("D1", 3) == ["1: one", "2: two", "3: three"]


def test_messages_that_came_quickly_are_answered_in_their_order(room: EngineRoom) -> None:
    for number in range(20):
        room.fake.push(EVENT, direct(f"m{number}"))
    assert room.fake.wait_texts("D1", 20) == [f"{n + 1}: m{n}" for n in range(20)]
