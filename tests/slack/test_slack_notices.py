"""What trainers are told in a channel: only what the dojo signed, each notice once, whatever fails."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2
import pytest
from engine_room import EngineRoom, OpenRoom, install
from limits import check_message

from bot.channels.slack_events import NOTICE, SlackEvent
from bot.channels.slack_face import load_face
from bot.channels.slack_plan import SlackPerson
from bot.services.signing import sign, sign_notice

SECRET = b"s" * 32
SAID = {
    "key": "n.1.1763803815",
    "kind": "appealed",
    "name": "Ann <!channel> & Co",
    "scenario": "alarm_loud",
    "link": "https://dojo.example.com/review/s1",
    "channel": "CTRAIN",
    "workspace": "",
    "only": "",
}


@pytest.fixture
def told_room(open_room: OpenRoom) -> EngineRoom:
    """The channel with a channel for trainers, in which the project's own face speaks."""
    return spoken(open_room(notices="CTRAIN"))


def spoken(room: EngineRoom) -> EngineRoom:
    room.face.plan = load_face("en").plan  # type: ignore[method-assign]
    return room


def post(room: EngineRoom, said: Any = SAID, age: float = 0, **headers: str) -> int:
    body = json.dumps(said).encode()
    stamp = str(int(time.time() - age))
    signed = {"X-Dojo-Timestamp": stamp, "X-Dojo-Signature": sign_notice(SECRET, stamp, body)}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"http://127.0.0.1:{room.settings.port}/webhooks/slack/notify"
    return httpx2.post(url, content=body, headers={**signed, **names}, timeout=20).status_code


def taken(room: EngineRoom, said: Any = SAID) -> bool:
    """Post until the workspace is known."""
    return bool(room.wait(lambda: post(room, said) == 200))


def test_trainers_are_told_once_however_often_a_notice_is_sent(told_room: EngineRoom) -> None:
    for _ in range(3):
        assert taken(told_room)
    assert taken(told_room, {**SAID, "key": "n.2.1", "kind": "handed_in", "name": "Li", "scenario": ""})
    assert told_room.fake.wait_texts("CTRAIN", 2) == [
        ":raising_hand: *Ann &lt;!channel&gt; &amp; Co* disagrees with a judgement.",
        ":inbox_tray: *Li* handed in a session.",
    ]
    assert told_room.bot.asked == []


def test_a_notice_comes_once_after_a_restart_and_while_slack_is_away(open_room: OpenRoom) -> None:
    first = spoken(open_room(notices="CTRAIN"))
    assert taken(first)
    first.fake.wait_texts("CTRAIN", 1)
    first.kill()
    second = spoken(open_room(notices="CTRAIN"))
    second.fake.fail("chat.postMessage", "500", times=2)
    assert taken(second)
    assert taken(second, {**SAID, "key": "n.2.1", "kind": "handed_in"})
    texts = second.fake.wait_texts("CTRAIN", 2)
    assert [text.partition(":")[2].partition(":")[0] for text in texts] == ["raising_hand", "inbox_tray"]


def test_what_the_dojo_did_not_sign_as_a_notice_is_refused(told_room: EngineRoom) -> None:
    assert taken(told_room)
    other, stamp = {**SAID, "key": "n.3.1"}, str(int(time.time()))
    as_message = sign(SECRET, stamp, json.dumps(other).encode())
    attempts: list[dict[str, Any]] = [
        {"X_Dojo_Signature": "0" * 64},
        {"X_Dojo_Signature": ""},
        {"X_Dojo_Timestamp": "soon"},
        {"X_Dojo_Timestamp": stamp, "X_Dojo_Signature": as_message},
        {"age": 400},
    ]
    for attempt in attempts:
        assert post(told_room, other, **attempt) == 401, attempt
    for nonsense in (
        [],
        {},
        {**other, "key": "a b"},
        {**other, "key": ""},
        {**other, "name": 1},
        {**other, "channel": ""},
    ):
        assert post(told_room, nonsense) == 400
    assert taken(told_room, {**SAID, "key": "n.4.1"})
    assert len(told_room.fake.wait_texts("CTRAIN", 2)) == 2


def test_nobody_is_told_where_no_channel_is_set(room: EngineRoom) -> None:
    assert post(room) == 404


@pytest.mark.parametrize(
    ("workspaces", "status"), [({"T2"}, 200), ({"T1", "T2"}, 503), ({"*"}, 503), (set(), 503)]
)
def test_without_a_bot_token_the_workspace_is_the_only_one_that_is_named(
    open_room: OpenRoom, workspaces: set[str], status: int
) -> None:
    room = open_room(notices="CTRAIN", bot_token="", workspaces=frozenset(workspaces))
    assert post(room) == status


def test_each_workspace_is_told_through_its_own_token_and_never_of_anothers_people(
    open_room: OpenRoom,
) -> None:
    room = spoken(open_room(notices="T1/CONE, T2/CTWO", bot_token="", workspaces=frozenset({"T1", "T2"})))
    of_one = {**SAID, "channel": "CONE", "workspace": "T1", "only": "T1"}
    of_two = {**SAID, "channel": "CTWO", "workspace": "T2", "only": "T2", "name": "Li"}
    astray = [{**of_one, "workspace": "T2", "key": "n.3.1"}, {**of_two, "workspace": "T1", "key": "n.4.1"}]
    assert post(room, of_two) == 200  # kept until the app is there
    install(room, "T1")
    install(room, "T2")
    assert [post(room, said) for said in (*astray, of_one, of_one, of_two)] == [200] * 5
    room.fake.wait_texts("CTWO", 1, team="T2")
    room.fake.wait_texts("CONE", 1, team="T1")
    told = room.fake.calls_of("chat.postMessage")
    assert {(call.team, call.arguments["channel"], call.outcome) for call in told} == {
        ("T1", "CONE", "ok"),
        ("T2", "CTWO", "ok"),
    }
    assert "*Li*" in room.fake.texts("CTWO", "T2")[0] and "Ann" in room.fake.texts("CONE")[0]


def test_in_the_bots_own_workspace_nobody_hears_of_anothers_people(told_room: EngineRoom) -> None:
    assert taken(told_room)
    assert post(told_room, {**SAID, "key": "n.5.1", "only": "T2"}) == 200
    assert post(told_room, {**SAID, "key": "n.6.1", "only": "T1 T2"}) == 200
    assert len(told_room.fake.wait_texts("CTRAIN", 2)) == 2


def plan(lang: str, **said: str) -> Any:
    event = SlackEvent("T1", NOTICE, "k", "", "CTRAIN", payload={**SAID, **said})
    return load_face(lang).plan(event, SlackPerson("T1", ""))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["handed_in", "appealed"])
@pytest.mark.parametrize("scenario", ["alarm_loud", "", "written_in_the_page"])
def test_a_notice_names_who_and_what_and_links_to_it(lang: str, kind: str, scenario: str) -> None:
    [told] = plan(lang, kind=kind, scenario=scenario).posts
    check_message(told.arguments)
    shown = json.dumps(told.arguments, ensure_ascii=False)
    assert "Ann &lt;!channel&gt; &amp; Co" in shown and "<https://dojo.example.com/review/s1|" in shown
    title = load_face(lang)._content.scenarios["alarm_loud"].title.of(lang)
    assert (title in shown) == (scenario == "alarm_loud")


def test_an_unknown_notice_says_nothing() -> None:
    assert plan("en", kind="open").posts == ()
