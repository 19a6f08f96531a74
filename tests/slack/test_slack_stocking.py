"""What trainers publish is offered in Slack's form; only what the dojo itself sent is taken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from engine_room import EngineRoom
from fake_slack import FakeSlack
from limits import check_view, shown_texts

from bot.channels.slack_face import load_face
from bot.content.loader import ROOT
from bot.services.signing import sign, sign_content, sign_notice

SECRET = b"s" * 32
TITLE = "The siren nobody can stop"
TEXT = (ROOT / "scenarios" / "alarm_loud.yml").read_text(encoding="utf-8")
CHANGED = {"scenarios/alarm_loud.yml": TEXT.replace(TITLE, "A siren at midnight")}
ADDED = {
    "scenarios/alarm_new.yml": TEXT.replace("id: alarm_loud", "id: alarm_new")
    .replace(TITLE, "A siren next door")
    .replace("响起来谁也关不掉", "隔壁的警笛")
}

Sign = Callable[[bytes, str, bytes], str]


@pytest.fixture
def room(tmp_path: Path, fake: FakeSlack) -> Iterator[EngineRoom]:
    """The channel with the project's own face."""
    room = EngineRoom(tmp_path, fake)
    room.face = load_face("en")  # type: ignore[assignment]
    yield room.start()
    room.stop()


def post(room: EngineRoom, said: Any, age: float = 0, signed: Sign = sign_content) -> int:
    body = json.dumps(said).encode()
    stamp = str(int(time.time() - age))
    headers = {"X-Dojo-Timestamp": stamp, "X-Dojo-Signature": signed(SECRET, stamp, body)}
    url = f"http://127.0.0.1:{room.settings.port}/webhooks/slack/content"
    return httpx2.post(url, content=body, headers=headers, timeout=60).status_code


def offered(room: EngineRoom) -> str:
    before = len(room.fake.calls_of("views.open"))
    room.slack.slash(text="practice")
    calls = room.fake.wait(lambda: room.fake.calls_of("views.open")[before:])
    view = calls[0].arguments["view"]
    check_view(view)
    return "\n".join(shown_texts(view["blocks"]))


def test_what_is_published_is_offered_until_it_is_withdrawn(room: EngineRoom) -> None:
    assert TITLE in offered(room)
    assert post(room, {"stamp": 7}) == 409
    assert post(room, {"stamp": 7, "overlay": {**CHANGED, **ADDED}}) == 200
    assert post(room, {"stamp": 7}) == 200
    shown = offered(room)
    assert "A siren at midnight" in shown and "A siren next door" in shown and TITLE not in shown
    assert post(room, {"stamp": 5, "overlay": {}}) == 200  # sent before, come after
    assert "A siren next door" in offered(room)
    assert post(room, {"stamp": 8, "overlay": {}}) == 200
    assert TITLE in offered(room) and "A siren next door" not in offered(room)


def test_only_the_dojo_itself_can_send_content_and_faults_change_nothing(room: EngineRoom) -> None:
    good = {"stamp": 1, "overlay": CHANGED}
    assert post(room, good, signed=sign) == 401
    assert post(room, good, signed=sign_notice) == 401
    assert post(room, good, age=3600) == 401
    for odd in (
        {},
        [],
        {"stamp": "1"},
        {"stamp": True},
        {**good, "more": 1},
        {"stamp": 1, "overlay": {"a": 1}},
    ):
        assert post(room, odd) == 400
    assert post(room, {"stamp": 1, "overlay": {"scenarios/alarm_loud.yml": "title: 1"}}) == 422
    assert TITLE in offered(room)
