"""Who is let in, what is acknowledged, and that each message is answered once, in order."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from engine_room import EngineRoom, OpenRoom, install
from fake_slack import FORM, SIGNING_SECRET, Slack, callback, click, direct, in_channel, stamp

from bot.channels.slack_events import OPTIONS, SLASH, VIEW
from bot.channels.slack_plan import POST, AtOnce, Plan, Post, Say


def said(room: EngineRoom) -> list[str]:
    return [incoming.text for incoming in room.bot.asked]


def sentinel(room: EngineRoom, user: str = "U9") -> None:
    """Have one more message answered, and everything before it."""
    room.slack.say("the end", user)
    room.fake.wait_texts("D" + user[1:], 1)
    room.rest()


def test_a_direct_message_is_answered_where_it_was_written(room: EngineRoom) -> None:
    reply = room.slack.say("太贵了 &amp; too dear", user="U1")
    assert (reply.status, reply.text) == (200, "")
    assert room.fake.wait_texts("D1", 1) == ["1: 太贵了 &amp; too dear"]
    [asked] = room.bot.asked
    assert asked.metadata["channel"] == "slack"
    assert asked.metadata["person"] == "slack.T1.U1"
    assert asked.metadata["name"] == "Rep U1"


@pytest.mark.parametrize("reason", ["http_timeout", "http_error", "connection_failed", "too_many_redirects"])
def test_a_retry_of_any_kind_is_acknowledged_and_not_answered_again(room: EngineRoom, reason: str) -> None:
    payload = direct("hello")
    room.slack.event(payload)
    for number in ("1", "2", "3"):
        retry = {"X_Slack_Retry_Num": number, "X_Slack_Retry_Reason": reason}
        assert room.slack.event({**payload, "event_id": f"Ev{number}"}, **retry).status == 200
    sentinel(room)
    assert room.fake.texts("D1") == ["1: hello"]
    assert said(room) == ["hello", "the end"]


def test_the_same_event_many_times_at_once_is_one_turn(room: EngineRoom) -> None:
    payload = direct("hello")
    with ThreadPoolExecutor(8) as threads:
        slacks = [Slack(room.slack.url) for _ in range(8)]
        # each signed in another second, so that none is a replay
        send = lambda n: slacks[n].post(json.dumps(payload), age=n).status  # noqa: E731
        assert set(threads.map(send, range(8))) == {200}
    sentinel(room)
    assert room.fake.texts("D1") == ["1: hello"]


@pytest.mark.parametrize("order", [("message", "app_mention"), ("app_mention", "message")])
def test_a_mention_and_its_twin_message_are_one_turn(room: EngineRoom, order: tuple[str, str]) -> None:
    ts = stamp()
    for kind in order:
        room.slack.event(in_channel("<@UBOT1> hello", type=kind, ts=ts))
    sentinel(room)
    assert room.fake.texts("C1") == ["1: <@UBOT1> hello"]
    assert room.fake.messages["T1", "C1"][0]["thread_ts"] == ts


def test_forged_stale_unsigned_and_replayed_requests_are_refused_and_leave_nothing(
    room: EngineRoom, tmp_path: Path
) -> None:
    body = json.dumps(direct("let me in"))
    forger = Slack(room.slack.url, "guessed")
    unsigned = {"X_Slack_Signature": "", "X_Slack_Request_Timestamp": ""}
    attempts: list[dict[str, Any]] = [
        {"age": 400},
        {"age": -400},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "1e9"},
        unsigned,
    ]
    assert forger.post(body).status == 401
    for attempt in attempts:
        assert room.slack.post(body, **attempt).status == 401, attempt
    other = Slack(room.slack.url)._verifier.generate_signature(timestamp="1", body=body)
    assert room.slack.post(body, X_Slack_Signature=other or "").status == 401
    sentinel(room)
    assert said(room) == ["the end"]
    with sqlite3.connect(tmp_path / "dojo.db") as database:
        assert database.execute("SELECT count(*) FROM slack_events").fetchone() == (1,)


def test_a_replayed_request_is_refused(room: EngineRoom) -> None:
    body = json.dumps(direct("hello"))
    assert room.slack.post(body, age=5).status == 200
    assert room.slack.post(body, age=5).status == 401
    sentinel(room)
    assert room.fake.texts("D1") == ["1: hello"]


def test_slacks_own_check_of_the_address_gets_its_challenge(room: EngineRoom) -> None:
    reply = room.slack.event({"type": "url_verification", "challenge": "abc"})
    assert (reply.status, reply.text) == (200, "abc")
    assert reply.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("body", "media"),
    [("{", "application/json"), ("[]", "application/json"), ("x", "text/plain"), ("payload=%7B", FORM)],
)
def test_signed_nonsense_is_refused(room: EngineRoom, body: str, media: str) -> None:
    assert room.slack.post(body, media).status == 400


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> joined", "channel": "D1"},
        {"type": "message", "bot_id": "B7", "text": "I am a bot", "channel": "D1", "ts": "1.1"},
        {"type": "message", "user": "UBOT1", "text": "I am you", "channel": "D1", "ts": "1.2"},
        {"type": "message", "user": "U1", "text": "to everybody", "channel": "C1", "ts": "1.3"},
        {"type": "reaction_added", "user": "U1"},
        {"type": "of tomorrow"},
        {},
    ],
)
def test_what_is_not_said_to_the_bot_is_acknowledged_and_not_answered(
    room: EngineRoom, event: dict[str, Any]
) -> None:
    assert room.slack.event(callback(event)).status == 200
    sentinel(room)
    assert said(room) == ["the end"]


@pytest.mark.parametrize("kind", ["view_closed", "interactive_message", "of tomorrow"])
def test_unknown_interactive_kinds_are_acknowledged(room: EngineRoom, kind: str) -> None:
    assert room.slack.interactive(click("/another_version", type=kind)).status == 200
    sentinel(room)
    assert said(room) == ["the end"]


def test_a_talk_goes_on_in_its_thread_for_who_began_it_and_for_nobody_else(room: EngineRoom) -> None:
    first = stamp()
    room.slack.event(in_channel("<@UBOT1> hello", type="app_mention", ts=first))
    room.slack.event(in_channel("and this?", thread_ts=first))
    room.slack.event(in_channel("I only comment", user="U2", thread_ts=first))
    room.slack.event(in_channel("<@UBOT1> me too", user="U2", type="app_mention", thread_ts=first))
    room.slack.event(in_channel("yes", user="U2", thread_ts=first))
    room.fake.wait_texts("C1", 4)
    sentinel(room)
    assert sorted(room.fake.texts("C1")) == [
        "1: <@UBOT1> hello",
        "1: <@UBOT1> me too",
        "2: and this?",
        "2: yes",
    ]
    assert {message["thread_ts"] for message in room.fake.messages["T1", "C1"]} == {first}


def test_what_others_write_in_a_thread_is_not_kept(room: EngineRoom, tmp_path: Path) -> None:
    first = stamp()
    room.slack.event(in_channel("<@UBOT1> hello", type="app_mention", ts=first))
    room.slack.event(in_channel("a secret of mine", user="U2", thread_ts=first))
    sentinel(room)
    room.stop()
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert not any(b"a secret of mine" in content for content in files)


def test_a_message_edited_before_its_answer_is_answered_as_edited(room: EngineRoom) -> None:
    room.bot.slow = 0.6
    ts = stamp()
    room.slack.say("first")
    room.slack.say("secnd", ts=ts)
    before = {"user": "U1", "ts": ts, "text": "secnd"}
    after = {**before, "text": "second", "edited": {"user": "U1", "ts": stamp()}}
    change = {"type": "message", "subtype": "message_changed", "channel": "D1", "channel_type": "im"}
    edit = callback({**change, "message": after, "previous_message": before})
    room.slack.event(edit)
    assert room.fake.wait_texts("D1", 2) == ["1: first", "2: second"]
    room.slack.event({**edit, "event_id": "Ev2"})
    room.bot.slow = 0
    sentinel(room)
    assert room.fake.texts("D1") == ["1: first", "2: second"]


def test_a_message_deleted_before_its_answer_is_not_answered(room: EngineRoom) -> None:
    room.bot.slow = 0.6
    ts = stamp()
    room.slack.say("first")
    room.slack.say("second, sent too early", ts=ts)
    gone = {"type": "message", "subtype": "message_deleted", "channel": "D1", "channel_type": "im"}
    room.slack.event(callback({**gone, "deleted_ts": ts}))
    room.slack.say("third")
    assert room.fake.wait_texts("D1", 2) == ["1: first", "2: third"]


def test_quick_messages_of_one_person_are_answered_in_their_order(room: EngineRoom) -> None:
    room.bot.parts = 3
    for number in range(12):
        room.slack.say(f"n{number}")
    texts = room.fake.wait_texts("D1", 36)
    assert texts == [f"{n + 1}{part}: n{n}" for n in range(12) for part in "abc"]


def test_too_long_a_text_is_told_so(room: EngineRoom) -> None:
    room.slack.say("x" * 4_001)
    assert room.fake.wait_texts("D1", 1) == ["(too_long en)"]
    assert said(room) == []


def test_typed_text_is_never_a_command(room: EngineRoom) -> None:
    room.slack.say('/another_version{"turn": 1}')
    assert room.fake.wait_texts("D1", 1) == ['1: another_version{"turn": 1}']


def test_a_click_carries_listed_commands_only(room: EngineRoom) -> None:
    room.slack.interactive(click('/another_version{"turn": 1}'))
    assert room.fake.wait_texts("D1", 1) == ['1: /another_version{"turn": 1}']
    room.slack.interactive(click("/restart"))
    assert room.fake.wait_texts("D1", 2)[1] == "(failed en)"
    assert len(said(room)) == 1


def test_a_button_under_an_answer_to_somebody_else_says_so_to_the_curious_only(room: EngineRoom) -> None:
    first = stamp()
    room.slack.event(in_channel("<@UBOT1> hello", type="app_mention", ts=first))
    room.fake.wait_texts("C1", 1)
    answer = room.fake.messages["T1", "C1"][0]
    pressed = {"channel": {"id": "C1"}, "message": {"ts": answer["ts"], "thread_ts": first}}
    room.slack.interactive(click("/another_version", user="U2", **pressed))
    [told] = room.fake.wait(lambda: room.fake.calls_of("chat.postEphemeral"))
    assert (told.arguments["user"], told.arguments["text"]) == ("U2", "(not_yours en)")
    room.slack.interactive(click("/another_version", user="U1", **pressed))
    assert room.fake.wait_texts("C1", 2)[1] == "2: /another_version"
    assert len(said(room)) == 2


def test_what_cannot_wait_is_done_at_once_and_what_is_asked_for_comes_back(room: EngineRoom) -> None:
    room.bot.slow = 5
    room.slack.say("hello")
    room.face.quick[SLASH] = AtOnce(
        ack={"text": "see your messages"}, posts=(Post("views.open", {"view": {}}),)
    )
    room.face.plans[SLASH] = Plan(
        posts=(Post(POST, {"text": "help"}),), wishes={"lang": "zh"}, in_private=True
    )
    reply = room.slack.slash(text="help", user_id="U2", channel_id="C5")
    assert (reply.status, reply.json) == (200, {"text": "see your messages"})
    room.fake.wait(lambda: room.fake.views, 2)
    assert room.fake.wait_texts("D2", 1) == ["help"]
    room.face.quick[OPTIONS] = AtOnce(ack={"options": []}, kept=False)
    assert room.slack.interactive(click("", type="block_suggestion")).json == {"options": []}
    room.bot.slow = 0
    room.slack.say("x" * 5000, user="U2")
    assert room.fake.wait_texts("D2", 2)[1] == "(too_long zh)"


def test_a_form_may_answer_beside_the_persons_talk(room: EngineRoom) -> None:
    room.face.plans[VIEW] = Plan(say=Say(payload="/another_version", aside="home"))
    room.slack.say("hello")
    room.slack.interactive(click("", type="view_submission"))
    room.fake.wait_texts("D1", 2)
    assert room.bot.asked[0].sender != room.bot.asked[1].sender


def test_two_workspaces_share_nothing(open_room: OpenRoom) -> None:
    room = open_room(workspaces=frozenset({"T1", "T2"}))
    install(room, "T2")
    for team in ("T1", "T2"):
        room.slack.say(f"of {team}", team=team)
        room.fake.wait_texts("D1", 1, team)
    assert (room.fake.texts("D1", "T1"), room.fake.texts("D1", "T2")) == (["1: of T1"], ["1: of T2"])
    first, second = room.bot.asked
    assert first.sender != second.sender
    assert first.metadata["person"] != second.metadata["person"]
    assert first.metadata["proof"] != second.metadata["proof"]
    room.slack.say("of T3", team="T3")
    sentinel(room)
    assert "of T3" not in said(room)


def test_a_workspace_is_installed_by_agreeing_and_its_token_is_kept_encrypted(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    room = open_room(workspaces=frozenset({"T2"}), bot_token="")
    assert install(room, "T2").headers["location"].startswith("https://slack.com/app_redirect")
    room.slack.say("hello", team="T2")
    assert room.fake.wait_texts("D1", 1, "T2") == ["1: hello"]
    room.stop()
    with sqlite3.connect(tmp_path / "dojo.db") as database:
        [token] = database.execute("SELECT token FROM slack_installations").fetchone()
    assert "xoxb" not in token
    again = open_room(workspaces=frozenset({"T2"}), bot_token="")
    again.slack.say("hello again", team="T2")
    assert again.fake.wait_texts("D1", 2, "T2")[1] == "1: hello again"


def test_an_installation_begun_elsewhere_declined_or_unwanted_is_refused(open_room: OpenRoom) -> None:
    room = open_room(workspaces=frozenset({"T2"}), bot_token="")
    begun = room.get("install")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    cookie = begun.headers["set-cookie"].partition(";")[0]
    room.fake.codes["good"] = "T2"
    for query, given in (
        ({"state": state, "code": "good"}, ""),
        ({"state": state + "x", "code": "good"}, cookie),
        ({"state": state, "code": "bad"}, cookie),
        ({"state": state, "error": "access_denied"}, cookie),
        ({}, "dojo_slack="),
    ):
        assert room.get("installed", params=query, headers={"Cookie": given}).status_code == 400
    assert install(room, "T3", "other").status_code == 400
    assert len(room.fake.calls_of("auth.revoke")) == 1


def test_without_a_signing_secret_nothing_comes_in_over_http(open_room: OpenRoom) -> None:
    room = open_room(signing_secret="", app_token="xapp-tests")
    assert room.slack.say("hello").status == 401
    assert Slack(room.slack.url, SIGNING_SECRET).say("hello").status == 401
