"""Slack away, database slow, bot down, process killed: nothing is lost, doubled or out of order."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from engine_room import Bot, EngineRoom, OpenRoom
from fake_slack import FakeSlack, Slack, callback, direct, in_channel, stamp

from bot.channels import slack_delivery, slack_web, slack_work

ACK_SECONDS = 3.0


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dojo.db'}"
    server = request.getfixturevalue("postgres")
    name = f"slack_{uuid.uuid4().hex[:8]}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    return str(server).replace("/postgres?", f"/{name}?")


def say(room: EngineRoom, *texts: str, user: str = "U1") -> None:
    for text in texts:
        reply = room.slack.say(text, user)
        assert reply.status == 200
        assert reply.seconds < ACK_SECONDS


# Slack's side


def test_what_slack_refuses_for_now_is_posted_when_it_says(room: EngineRoom) -> None:
    say(room, "one")
    room.fake.wait_texts("D1", 1)
    room.fake.fail("chat.postMessage", "429", retry_after=2)
    say(room, "two", "three")
    assert room.fake.wait_texts("D1", 3) == ["1: one", "2: two", "3: three"]
    refused, *later = room.fake.calls_of("chat.postMessage")[1:]
    assert refused.outcome == "429"
    assert later[0].at - refused.at >= 2.0
    assert len(later) == 2


def test_a_limit_holds_back_everybody_of_the_workspace(room: EngineRoom) -> None:
    say(room, "one")
    room.fake.wait_texts("D1", 1)
    room.fake.fail("chat.postMessage", "429", retry_after=2)
    say(room, "two")
    room.fake.wait(lambda: room.fake.calls_of("chat.postMessage", "429"))
    say(room, "other", user="U2")
    room.fake.wait_texts("D2", 1)
    refused = room.fake.calls_of("chat.postMessage", "429")[0]
    assert all(
        call.at - refused.at >= 2.0 for call in room.fake.calls_of("chat.postMessage") if call.at > refused.at
    )


@pytest.mark.parametrize("kind", ["500", "internal_error", "drop", "channel_not_found", "of tomorrow"])
def test_an_answer_is_posted_once_after_any_error(room: EngineRoom, kind: str) -> None:
    room.bot.parts = 2
    room.fake.fail("chat.postMessage", kind)
    say(room, "one", "two")
    assert room.fake.wait_texts("D1", 4) == ["1a: one", "1b: one", "2a: two", "2b: two"]


def test_a_message_that_slack_took_without_saying_so_is_not_posted_again(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    monkeypatch.setattr(slack_web, "_SECONDS", 1.0)
    room = open_room()
    room.fake.fail("chat.postMessage", "late", seconds=4.0)
    first = stamp()
    room.slack.event(in_channel("<@UBOT1> one", type="app_mention", ts=first))
    room.fake.wait_texts("C1", 1)
    room.slack.event(in_channel("two", thread_ts=first))
    assert room.fake.wait_texts("C1", 2) == ["1: <@UBOT1> one", "2: two"]
    assert room.fake.calls_of("conversations.replies")


def test_slack_that_does_not_answer_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    monkeypatch.setattr(slack_web, "_SECONDS", 0.5)
    room = open_room()
    room.fake.fail("chat.postMessage", "hang", seconds=5.0, times=2)
    say(room, "one", "two")
    assert room.fake.wait_texts("D1", 2) == ["1: one", "2: two"]


def test_answers_wait_for_a_revoked_token_and_say_that_they_are_late(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    monkeypatch.setattr(slack_delivery, "LATE_SECONDS", 1.0)
    monkeypatch.setattr(slack_delivery, "_NO_ACCESS_SECONDS", 0.3)
    room = open_room()
    del room.fake.tokens["xoxb-one"]
    say(room, "one", "two")
    room.fake.wait(lambda: len(room.fake.calls_of("chat.postMessage", "invalid_auth")) > 4)
    assert len(room.bot.answered) == 2
    room.fake.tokens["xoxb-one"] = "T1"
    texts = room.fake.wait_texts("D1", 2)
    assert texts == ["(late en)\n1: one", "(late en)\n2: two"]
    say(room, "three")
    assert room.fake.wait_texts("D1", 3)[2] == "3: three"


def test_a_workspace_that_removed_the_app_gets_its_answers_after_installing_it_again(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    room = open_room()
    say(room, "one")
    room.fake.wait_texts("D1", 1)
    room.slack.event(callback({"type": "app_uninstalled"}))
    room.fake.tokens.clear()
    say(room, "two")
    room.fake.wait(lambda: len(room.bot.answered) == 2)
    room.stop()
    room.fake.tokens["xoxb-new"] = "T1"
    again = open_room(bot_token="xoxb-new")
    assert again.fake.wait_texts("D1", 2) == ["1: one", "2: two"]


def test_an_answer_for_a_closed_channel_goes_to_the_person(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    monkeypatch.setattr(slack_delivery, "_ELSEWHERE_AFTER", 1)
    room = open_room()
    room.fake.fail("chat.postMessage", "is_archived", channel="C1", times=99)
    room.slack.event(in_channel("<@UBOT1> one", type="app_mention"))
    assert room.fake.wait_texts("D1", 1) == ["1: <@UBOT1> one"]


def test_a_drawing_that_slack_does_not_take_is_posted_as_text(room: EngineRoom) -> None:
    room.fake.fail("chat.postMessage", "invalid_blocks")
    say(room, "one", "two")
    assert room.fake.wait_texts("D1", 2) == ["1: one", "2: two"]
    posted = [call.arguments for call in room.fake.calls_of("chat.postMessage", "ok")]
    assert "blocks" not in posted[0]


# The bot's side


def test_while_the_bot_is_down_people_are_told_and_answered_afterwards_in_order(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    monkeypatch.setattr(slack_work, "TELL_SECONDS", 0.5)
    room = open_room()
    room.bot.down = True
    say(room, "one", "two")
    assert room.fake.wait_texts("D1", 1) == ["(wait en)"]
    room.bot.down = False
    assert room.fake.wait_texts("D1", 3) == ["(wait en)", "1: one", "2: two"]


def test_a_message_that_alone_fails_is_given_up_and_the_next_is_answered(
    monkeypatch: pytest.MonkeyPatch, open_room: OpenRoom
) -> None:
    monkeypatch.setattr(slack_work, "_ATTEMPTS", 1)
    room = open_room()
    say(room, "fail", "two")
    room.wait(lambda: room.bot.asked)
    for number in range(20):
        say(room, f"of others {number}", user="U2")
    assert room.fake.wait_texts("D1", 2) == ["(failed en)", "1: two"]


def test_while_rasa_stands_still_events_are_acknowledged_in_time(room: EngineRoom) -> None:
    room.bot.frozen = 6.0
    say(room, "one")
    room.wait(lambda: room.bot.asked)
    say(room, "two")
    say(room, "hello", user="U2")
    room.bot.frozen = 0.0
    assert room.fake.wait_texts("D1", 2) == ["1: one", "2: two"]


# The database's side


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep everybody from writing to a SQLite database."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_while_the_database_is_locked_events_are_acknowledged_in_time_and_answered_later(
    room: EngineRoom, tmp_path: Path
) -> None:
    say(room, "one")
    room.fake.wait_texts("D1", 1)
    again = direct("two")
    with locked(tmp_path / "dojo.db"):
        began = time.monotonic()
        assert room.slack.event(again).seconds < ACK_SECONDS
        assert room.slack.event({**again, "event_id": "Ev2"}).seconds < ACK_SECONDS
        with ThreadPoolExecutor(6) as threads:
            others = [Slack(room.slack.url) for _ in range(6)]
            replies = list(threads.map(lambda n: others[n].say("hello", user=f"U1{n}"), range(6)))
        assert max(reply.seconds for reply in replies) < ACK_SECONDS
        say(room, "three")
        assert list(tmp_path.glob("slack-*.journal"))
        time.sleep(max(0.0, 8 - (time.monotonic() - began)))
    assert room.fake.wait_texts("D1", 3, seconds=30) == ["1: one", "2: two", "3: three"]
    for number in range(6):
        assert room.fake.wait_texts(f"D1{number}", 1) == ["1: hello"]
    room.wait(lambda: all(path.stat().st_size == 0 for path in tmp_path.glob("slack-*.journal")))


def test_events_acknowledged_while_the_database_was_locked_survive_a_kill(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    room = open_room()
    say(room, "one")
    room.fake.wait_texts("D1", 1)
    with locked(tmp_path / "dojo.db"):
        say(room, "two", "three")
        killer = threading.Thread(target=room.kill)
        killer.start()
        time.sleep(0.5)
    killer.join(30)
    again = open_room(bot=room.bot)
    assert again.fake.wait_texts("D1", 3) == ["1: one", "2: two", "3: three"]
    again.wait(lambda: not any(path.stat().st_size for path in tmp_path.glob("slack-*.journal")))


# The process


def test_acknowledged_messages_are_answered_after_a_kill(open_room: OpenRoom, database: str) -> None:
    bot = Bot()
    bot.slow = 0.3
    room = open_room(database_url=database, bot=bot)
    with ThreadPoolExecutor(8) as threads:
        slacks = [Slack(room.slack.url) for _ in range(8)]
        list(threads.map(lambda n: [slacks[n].say(f"m{i}", user=f"U{n}") for i in range(4)], range(8)))
    room.fake.wait(lambda: len(room.fake.calls_of("chat.postMessage")) >= 5)
    room.kill()
    bot.slow = 0.0
    again = open_room(database_url=database, bot=bot)
    for number in range(8):
        assert again.fake.wait_texts(f"D{number}", 4) == [f"{i + 1}: m{i}" for i in range(4)]
    assert len(bot.answered) == 32


def test_a_message_posted_just_before_a_kill_is_not_posted_again(open_room: OpenRoom, database: str) -> None:
    bot = Bot()
    bot.parts = 2
    room = open_room(database_url=database, bot=bot)
    room.fake.fail("chat.postMessage", "late", seconds=20.0)
    say(room, "one")
    room.fake.wait_texts("D1", 1)
    room.kill()
    again = open_room(database_url=database, bot=bot)
    assert again.fake.wait_texts("D1", 2) == ["1a: one", "1b: one"]
    say(again, "two")
    assert again.fake.wait_texts("D1", 4) == ["1a: one", "1b: one", "2a: two", "2b: two"]


def test_at_its_end_the_server_lets_turns_end_and_leaves_the_rest_for_the_next(open_room: OpenRoom) -> None:
    bot = Bot()
    bot.slow = 1.0
    room = open_room(bot=bot)
    say(room, "one", "two")
    room.wait(lambda: bot.asked)
    room.stop()
    assert room.fake.texts("D1") == ["1: one"]
    bot.slow = 0.0
    again = open_room(bot=bot)
    assert again.fake.wait_texts("D1", 2) == ["1: one", "2: two"]


def test_two_servers_answer_each_message_once_and_in_order(open_room: OpenRoom, database: str) -> None:
    bot = Bot()
    bot.slow = 0.02
    rooms = [open_room(database_url=database, bot=bot) for _ in range(2)]

    def person(number: int) -> None:
        slacks = [Slack(room.slack.url) for room in rooms]
        for turn in range(6):
            body = direct(f"m{turn}", user=f"U{number}")
            for slack in (slacks[turn % 2], slacks[(turn + 1) % 2]):
                assert slack.event(body).status == 200

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(person, range(8)))
    fake: FakeSlack = rooms[0].fake
    for number in range(8):
        assert fake.wait_texts(f"D{number}", 6) == [f"{turn + 1}: m{turn}" for turn in range(6)]
    assert len(bot.asked) == len(bot.answered) == 48
