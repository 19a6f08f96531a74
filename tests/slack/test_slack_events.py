"""Slack's payloads, as its documentation shows them, read into events."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.slack_events import (
    ACTION,
    DELETED,
    EDITED,
    EVENTS,
    HOME,
    INTERACTIVE,
    MESSAGE,
    MESSAGE_SHORTCUT,
    OPTIONS,
    SHORTCUT,
    SLASH,
    SLASH_COMMANDS,
    UNINSTALLED,
    VIEW,
    PassedOver,
    SlackEvent,
    Unreadable,
    read_body,
    read_event,
)

FORM = "application/x-www-form-urlencoded"


def callback(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}],
        "event": event,
        **more,
    }


def typed(text: str = "too dear", **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "user": "U1",
        "text": text,
        "channel": "D1",
        "channel_type": "im",
        "ts": "1700000000.000100",
        **more,
    }


def read(payload: dict[str, Any], kind: str = EVENTS) -> SlackEvent:
    event = read_event(kind, payload)
    assert isinstance(event, SlackEvent), event
    return event


def reason(payload: dict[str, Any], kind: str = EVENTS) -> str:
    passed = read_event(kind, payload)
    assert isinstance(passed, PassedOver), passed
    return passed.reason


def test_a_direct_message_belongs_to_the_persons_one_talk_with_the_bot() -> None:
    event = read(callback(typed()))
    assert (event.kind, event.workspace, event.user, event.text) == (MESSAGE, "T1", "U1", "too dear")
    assert (event.key, event.conversation) == ("m.D1.1700000000.000100", "T1.im.U1")
    assert (event.private, event.known_only, event.thread, event.bot_user) == (True, False, "", "UBOT")
    assert read(callback(typed(thread_ts="1.0"))).conversation == "T1.im.U1"


def test_a_mention_begins_a_talk_in_its_thread_and_a_later_reply_may_go_on_there() -> None:
    first = typed("<@UBOT> too dear", type="app_mention", channel="C1", ts="5.1")
    del first["channel_type"]
    mention = read(callback(first))
    assert (mention.conversation, mention.thread, mention.known_only) == ("T1.C1.5.1.U1", "5.1", False)
    reply = read(callback(typed("and now?", channel="C1", channel_type="channel", ts="5.2", thread_ts="5.1")))
    assert (reply.conversation, reply.known_only) == ("T1.C1.5.1.U1", True)


def test_the_twins_of_one_mention_and_every_retry_have_one_key() -> None:
    twin = typed("<@UBOT> hi", channel="C1", channel_type="channel", ts="5.1")
    mention = {**twin, "type": "app_mention"}
    keys = {read(callback(each, event_id=n)).key for n in ("Ev1", "Ev2") for each in (twin, mention)}
    assert len(keys) == 1


def test_the_same_message_in_two_workspaces_is_two_talks() -> None:
    other = callback(typed(), authorizations=[{"team_id": "T2", "user_id": "UB2", "is_bot": True}])
    assert read(other).conversation != read(callback(typed())).conversation


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (typed(bot_id="B1"), "not a person"),
        (typed(user="UBOT"), "not a person"),
        (typed(user="USLACKBOT"), "not a person"),
        (typed(user=None), "not a person"),
        (typed(subtype="bot_message"), "subtype"),
        (typed(subtype="channel_join"), "subtype"),
        (typed(subtype="channel_topic"), "subtype"),
        (typed(channel="C1", channel_type="channel"), "not addressed"),
        (typed(channel="G1", channel_type="mpim"), "not addressed"),
        ({"type": "reaction_added", "user": "U1"}, "unknown"),
        ({"type": "member_joined_channel", "user": "U1", "channel": "C1"}, "unknown"),
        ({"type": "app_home_opened", "user": "U1", "tab": "messages"}, "other tab"),
        ({"type": "message"}, "malformed"),
        (typed(user=["U1"]), "malformed"),
        (typed(user="U1; DROP TABLE"), "malformed"),
    ],
)
def test_what_is_not_for_the_bot_is_passed_over(event: dict[str, Any], why: str) -> None:
    assert reason(callback(event)) == why


def test_files_come_with_their_names_and_whatever_was_typed() -> None:
    shared = {"id": "F1", "name": "offer.pdf", "mimetype": "application/pdf", "url_private": "https://x"}
    event = read(callback(typed("", subtype="file_share", files=[shared])))
    assert event.payload["files"] == [{"id": "F1", "name": "offer.pdf", "mimetype": "application/pdf"}]


def test_an_edit_names_the_message_and_its_new_text() -> None:
    edit = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "D1",
        "channel_type": "im",
        "message": {"user": "U1", "text": "too slow", "ts": "5.1", "edited": {"ts": "6.0"}},
        "previous_message": {"user": "U1", "text": "too dear", "ts": "5.1"},
    }
    event = read(callback(edit))
    assert (event.kind, event.ts, event.text) == (EDITED, "5.1", "too slow")
    edit["previous_message"]["text"] = "too slow"
    assert reason(callback(edit)) == "same text"


def test_a_deletion_names_the_message() -> None:
    gone = {"type": "message", "subtype": "message_deleted", "channel": "D1", "deleted_ts": "5.1"}
    assert (read(callback(gone)).kind, read(callback(gone)).ts) == (DELETED, "5.1")


def test_the_home_tab_and_the_end_of_an_installation_are_events() -> None:
    assert read(callback({"type": "app_home_opened", "user": "U1", "tab": "home"})).kind == HOME
    assert read(callback({"type": "app_uninstalled"})).kind == UNINSTALLED
    assert read(callback({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}})).kind == UNINSTALLED
    assert reason(callback({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}})) == "tokens of persons"


def clicked(**more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "token": "legacy secret",
        "team": {"id": "T1"},
        "user": {"id": "U1", "username": "li"},
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "5.3", "thread_ts": "5.1"},
        "message": {"ts": "5.3", "thread_ts": "5.1", "text": "…", "blocks": [{"type": "divider"}]},
        "actions": [{"type": "button", "action_id": "a", "value": "/another_version", "action_ts": "6"}],
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.example/1",
        **more,
    }


def test_a_click_belongs_to_the_talk_of_its_thread() -> None:
    event = read(clicked(), INTERACTIVE)
    assert (event.kind, event.conversation, event.ts) == (ACTION, "T1.C1.5.1.U1", "5.3")
    assert event.payload["actions"][0]["value"] == "/another_version"
    assert (event.trigger_id, event.response_url) == ("1.2.3", "https://hooks.example/1")
    assert "legacy secret" not in event.to_json()
    assert "divider" not in event.to_json()
    assert read(clicked(trigger_id="1.2.4"), INTERACTIVE).key != event.key
    private = clicked(channel={"id": "D1"}, message={"ts": "5.3"}, container={})
    assert read(private, INTERACTIVE).conversation == "T1.im.U1"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("view_submission", VIEW),
        ("block_suggestion", OPTIONS),
        ("shortcut", SHORTCUT),
        ("message_action", MESSAGE_SHORTCUT),
    ],
)
def test_the_other_interactive_kinds_go_on_in_private(kind: str, expected: str) -> None:
    event = read(clicked(type=kind, **({} if expected != OPTIONS else {"channel": None})), INTERACTIVE)
    assert event.kind == expected
    if expected != OPTIONS:
        assert event.conversation == "T1.im.U1"


@pytest.mark.parametrize("kind", ["view_closed", "interactive_message", "workflow_step_edit", "x"])
def test_unknown_interactive_kinds_are_passed_over(kind: str) -> None:
    assert reason(clicked(type=kind), INTERACTIVE) == "unknown"


def test_a_slash_command_goes_on_in_private() -> None:
    fields = {"team_id": "T1", "user_id": "U1", "channel_id": "C1", "command": "/dojo", "text": "help me"}
    kind, payload = read_body(FORM, urlencode(fields).encode())
    event = read(payload, kind)
    assert (kind, event.kind, event.text) == (SLASH_COMMANDS, SLASH, "help me")
    assert event.conversation == "T1.im.U1"


def test_bodies_are_read_by_their_kind() -> None:
    assert read_body("application/json; charset=utf-8", b'{"type": "x"}') == (EVENTS, {"type": "x"})
    form = urlencode({"payload": json.dumps({"type": "x"})}).encode()
    assert read_body(FORM, form) == (INTERACTIVE, {"type": "x"})


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"\xff"),
        (FORM, b"x=1"),
        (FORM, b"payload=%7B"),
        (FORM, b"payload=\xff"),
        ("text/plain", b"hello"),
        ("", b""),
    ],
)
def test_other_bodies_are_unreadable(media: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_body(media, body)


def test_an_event_survives_the_store() -> None:
    for event in (read(callback(typed("贵 \ud83d \x00"))), read(clicked(), INTERACTIVE)):
        assert SlackEvent.from_json(event.to_json()) == event


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("type", "team", "user", "channel", "text", "ts", "thread_ts", "message", "subtype", "actions", "id")
shapes = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, json_values))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([EVENTS, INTERACTIVE, SLASH_COMMANDS, "x"]),
    shapes,
    st.sampled_from(["message", "app_mention", "app_home_opened", "block_actions", "view_submission"]),
)
def test_no_payload_whatever_its_shape_is_an_error(kind: str, shape: dict[str, Any], name: str) -> None:
    for payload in (shape, {**shape, "type": name}, callback({**shape, "type": name})):
        assert isinstance(read_event(kind, payload), (SlackEvent, PassedOver))
