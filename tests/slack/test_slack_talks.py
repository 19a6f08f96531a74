"""What people see and press, through the real channel and the tests' own Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from engine_room import EngineRoom
from fake_slack import FakeSlack, Slack, click
from limits import check_message, check_view, elements, shown_texts

from bot.channels.messages import Clicks
from bot.channels.slack_face import load_face
from bot.channels.slack_reminding import Reminding

INTENTS = (
    *("ask_help", "choose_scenario", "disagree", "link_account"),
    *("show_assignments", "show_progress", "start_drill"),
)
FIELDS = ("lang", "level", "reason", "rule", "scenario", "talk", "talk_turn", "turn")
FACE = load_face("en")
ZONE = "Asia/Shanghai"

OpenFaced = Callable[..., EngineRoom]


@pytest.fixture
def open_faced(tmp_path: Path, fake: FakeSlack) -> Iterator[OpenFaced]:
    """Start the channel with its real face, as often as wanted, on the same folder."""
    rooms: list[EngineRoom] = []

    def start(clock: Callable[[], float] = time.time) -> EngineRoom:
        clicks = Clicks(frozenset(INTENTS), frozenset(FIELDS))
        room = EngineRoom(tmp_path, fake, clock=clock, clicks=clicks)
        room.face = FACE  # type: ignore[assignment]
        rooms.append(room.start())
        return room

    yield start
    for room in rooms:
        if room._thread.is_alive():
            room.stop()


@pytest.fixture
def room(open_faced: OpenFaced) -> EngineRoom:
    return open_faced()


def posted(room: EngineRoom, channel: str = "D1") -> list[dict[str, Any]]:
    return [
        call.arguments
        for call in room.fake.calls
        if call.method == "chat.postMessage" and call.arguments["channel"] == channel
    ]


def asked(room: EngineRoom) -> list[str]:
    return [incoming.text for incoming in room.bot.asked]


def shortcut(**more: Any) -> dict[str, Any]:
    return {
        "type": "message_action",
        "callback_id": "answer",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "channel": {"id": "C5"},
        "trigger_id": "t.9",
        "message": {"ts": "9.1", "text": "<@U4> says *it is too dear*"},
        **more,
    }


def test_practice_opens_a_form_whose_choice_starts_the_talk_in_private(room: EngineRoom) -> None:
    assert room.slack.slash(text="practice", channel_id="C1").status == 200
    room.wait(lambda: [call for call in room.fake.calls if call.method == "views.open"])
    [opened] = [call for call in room.fake.calls if call.method == "views.open"]
    view = opened.arguments["view"]
    check_view(view)
    chosen = {"customer": {"scenario": {"selected_option": {"value": "gym_later"}}}}
    sent = {**view, "id": "V1", "state": {"values": chosen}}
    form = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": sent}
    assert room.slack.interactive({**form, "trigger_id": "t.2"}).status == 200
    room.fake.wait_texts("D1", 1)
    assert asked(room) == ['/choose_scenario{"lang": "en", "scenario": "gym_later"}']


def wishes(room: EngineRoom) -> Mapping[str, Any]:
    known = room._wait(room.engine.here(room.engine._store.find("T1", "U1")))
    return known.person.wishes  # type: ignore[no-any-return]


@pytest.mark.parametrize("restarted", [False, True])
def test_what_was_set_holds_for_what_is_shown_right_after_and_after_a_restart(
    open_faced: OpenFaced, restarted: bool
) -> None:
    room = open_faced()
    room.fake.people["U1"] = {"locale": "en-US", "tz": ZONE}
    room.slack.say("too dear")
    room.fake.wait_texts("D1", 1)
    room.slack.slash(text="lang zh")
    room.wait(lambda: wishes(room).get("lang") == "zh")
    if restarted:
        room.stop()
        room = open_faced()
    assert ZONE in room.slack.slash(text="daily 8:30").json["text"]
    room.slack.slash(text="practice")
    [opened] = room.fake.wait(lambda: room.fake.calls_of("views.open"))
    assert list(shown_texts([opened.arguments["view"]["title"]])) == ["选一位客户"]


def test_help_comes_with_the_acknowledgement_and_nothing_is_asked(room: EngineRoom) -> None:
    told = room.slack.slash(text="help", channel_id="C1").json
    assert told["response_type"] == "ephemeral" and "/dojo practice" in told["text"]
    assert room.bot.asked == []


def test_how_would_i_answer_this_is_answered_to_the_asker_only(room: EngineRoom) -> None:
    assert room.slack.interactive(shortcut()).status == 200
    texts = room.fake.wait_texts("D1", 2)
    assert "> says it is too dear" in texts[0]
    assert texts[1] == "1: says it is too dear"
    assert posted(room, "C5") == []
    room.slack.say("and now?", user="U1")
    room.fake.wait_texts("D1", 3)
    aside, talk = room.bot.asked
    assert aside.sender != talk.sender


def test_the_home_tab_is_published_with_what_the_bot_says_of_assignments_and_progress(
    room: EngineRoom,
) -> None:
    home = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "EvHome",
        "event": {"type": "app_home_opened", "tab": "home", "user": "U1", "channel": "D1"},
    }
    assert room.slack.event(home).status == 200
    view = room.wait(lambda: room.fake.homes.get(("T1", "U1")))
    check_view(view)
    assert asked(room) == ['/show_assignments{"lang": "en"}', '/show_progress{"lang": "en"}']
    assert len({incoming.message_id for incoming in room.bot.asked}) == 2
    assert len({incoming.sender for incoming in room.bot.asked}) == 1
    told = "\n".join(shown_texts(view["blocks"]))
    assert "1: /show" in told and "2: /show" in told


class Days:
    """A clock of the people's, in Shanghai, and the channel that goes by it."""

    def __init__(self, open_faced: OpenFaced) -> None:
        self.now = datetime(2027, 3, 1, 8, 29, tzinfo=ZoneInfo(ZONE))
        self._open = open_faced
        self.room = self._opened()

    def _opened(self) -> EngineRoom:
        return self._open(lambda: self.now.timestamp())

    def restart(self) -> None:
        self.room.stop()
        self.room = self._opened()

    def pass_by(self, **much: float) -> list[dict[str, Any]]:
        """Let time pass, and reminders with it; return all that was posted to the person."""
        self.now += timedelta(**much)
        for _ in range(2):
            self.room._wait(self.room.engine.here(self.room._part(Reminding).remind()))
        self.room.rest()
        return posted(self.room)

    def press(self, number: int) -> None:
        """Press a button under the first reminder, and wait until that is answered."""
        before = len(posted(self.room))
        press(self.room.slack, list(elements(posted(self.room)[0]["blocks"]))[number])
        self.room.fake.wait_texts("D1", before + 1)


START, SNOOZE, STOP = range(3)


@pytest.fixture
def days(open_faced: OpenFaced) -> Days:
    days = Days(open_faced)
    wish(days.room)
    return days


def test_each_day_has_one_reminder_also_after_a_restart(days: Days) -> None:
    assert days.pass_by(seconds=59) == []
    assert len(days.pass_by(seconds=1)) == 1
    days.restart()
    [reminder] = days.pass_by(minutes=5)
    check_message({"text": reminder["text"], "blocks": reminder["blocks"]})
    days.press(START)
    assert asked(days.room)[-1] == '/start_drill{"lang": "en"}'
    assert len(days.pass_by(days=1)) == 3
    days.press(STOP)
    assert len(days.pass_by(days=1)) == 4


@pytest.mark.parametrize("restarted", [False, True])
def test_a_snoozed_reminder_comes_an_hour_after_the_button_was_pressed_and_once(
    days: Days, restarted: bool
) -> None:
    days.pass_by(minutes=11)
    days.press(SNOOZE)
    assert "I come back at 09:40" in days.room.fake.texts("D1")[-1]
    assert len(days.pass_by(minutes=59, seconds=59)) == 2
    if restarted:
        days.restart()
    first, _, again = days.pass_by(seconds=1)
    assert (again["text"], again["blocks"]) == (first["text"], first["blocks"])
    if restarted:
        days.restart()
    assert len(days.pass_by(minutes=10)) == len(days.pass_by(hours=5)) == 3
    assert len(days.pass_by(hours=18)) == 4  # the next day's


def wish(room: EngineRoom) -> None:
    """Wish for a reminder at half past eight."""

    async def learn() -> None:
        await room.engine._store.learn("T1", "U1", zone=ZONE, asked_at=4e9)

    room._wait(room.engine.here(learn()))
    assert "08:30" in room.slack.slash(text="daily 8:30", channel_id="C1").json["text"]

    async def wished() -> int:
        return len(await room.engine._store.people_wishing("daily"))

    room.wait(lambda: room._wait(room.engine.here(wished())))


def press(slack: Slack, button: dict[str, Any]) -> None:
    payload = click(button["value"], user="U1")
    payload["actions"][0]["action_id"] = button["action_id"]
    assert slack.interactive(payload).status == 200


def test_the_watch_itself_goes_on_when_the_store_fails() -> None:
    class Broken:
        looked = 0

        async def people_wishing(self, _name: str) -> list[Any]:
            self.looked += 1
            raise OSError

    async def run() -> int:
        store = Broken()
        reminding = Reminding(store, None, time.time)  # type: ignore[arg-type]
        while not store.looked:
            await asyncio.sleep(0)
        assert not reminding._watch.done()
        await reminding.close()
        return store.looked

    assert asyncio.run(run()) == 1
