"""The Slack channel without Rasa: the real engine, and a bot of the tests' own that can be slow or broken."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from fake_slack import CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, FakeSlack, Slack
from tiny_project import free_port

from bot.channels import slack_store
from bot.channels.messages import Clicks, Incoming
from bot.channels.slack_engine import SlackEngine, SlackSettings
from bot.channels.slack_events import ACTION, MESSAGE, SlackEvent
from bot.channels.slack_plan import POST, AtOnce, Plan, Post, Say, SlackPerson
from bot.channels.slack_reception import Reception
from bot.channels.slack_web import SlackWeb
from bot.channels.slack_work import SlackWork
from bot.channels.turn import TurnFailed
from bot.content.schema import Content

CLICKS = Clicks(frozenset({"another_version", "empty_message"}), frozenset({"turn"}))


class PlainFace:
    """Draws everything as plain text; what an event is planned as can be set."""

    def __init__(self) -> None:
        self.quick: dict[str, AtOnce] = {}
        self.plans: dict[str, Plan] = {}
        self.content: Content | None = None

    def stock(self, content: Content) -> None:
        self.content = content

    def at_once(self, event: SlackEvent, _person: SlackPerson) -> AtOnce:
        return self.quick.get(event.kind, AtOnce())

    def plan(self, event: SlackEvent, _person: SlackPerson) -> Plan:
        if event.kind in self.plans:
            return self.plans[event.kind]
        if event.kind == MESSAGE:
            return Plan(say=Say(text=event.text))
        if event.kind == ACTION:
            return Plan(say=Say(payload=event.payload["actions"][0]["value"]))
        return Plan()

    def answer(
        self, lines: Sequence[Mapping[str, Any]], _event: SlackEvent, _say: Say, _person: SlackPerson
    ) -> Sequence[Post]:
        return [Post(POST, {"text": line["text"], "blocks": line.get("blocks")}) for line in lines]

    def notice(self, name: str, person: SlackPerson) -> Mapping[str, Any]:
        return {"text": f"({name} {person.lang('en')})", "blocks": []}


class Bot:
    """Answers each message id once, as the agent does; a text that begins with `fail` is never answered."""

    def __init__(self) -> None:
        self.asked: list[Incoming] = []
        self.answered: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.parts = 1
        self.slow = 0.0
        self.frozen = 0.0
        self.down = False

    async def __call__(self, incoming: Incoming) -> list[dict[str, Any]]:
        self.asked.append(incoming)
        if self.frozen:
            time.sleep(self.frozen)
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.down:
            raise TurnFailed("ClientConnectorError")
        if incoming.text.startswith("fail"):
            raise TurnFailed("action server answered 500")
        number = sum(session == incoming.sender for session, _ in self.answered) + 1
        lines = [
            {
                "text": f"{number}{'abc'[part] if self.parts > 1 else ''}: {incoming.text}",
                "data": {"lang": "en"},
            }
            for part in range(self.parts)
        ]
        return self.answered.setdefault((incoming.sender, incoming.message_id), lines)


class EngineRoom:
    """A running engine and the Slack that it works for."""

    def __init__(
        self,
        folder: Path,
        slack: FakeSlack,
        bot: Bot | None = None,
        clock: Callable[[], float] = time.time,
        **settings: Any,
    ) -> None:
        self.clock = clock
        self.fake, self.bot, self.face = slack, bot or Bot(), PlainFace()
        given: dict[str, Any] = {
            "database_url": f"sqlite:///{folder / 'dojo.db'}",
            "folder": folder,
            "secret": "s" * 32,
            "bot_token": "xoxb-one",
            "signing_secret": SIGNING_SECRET,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "api_url": slack.api_url,
            "port": free_port(),
            "clicks": CLICKS,
            **settings,
        }
        self.settings = SlackSettings(**given)
        self._home = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._home.run_forever, daemon=True)

    def start(self) -> EngineRoom:
        """Start it."""
        self._thread.start()
        self.engine = SlackEngine(self.settings, lambda: self.face, self.clock)
        self._wait(self._start())
        self.slack = Slack(f"http://127.0.0.1:{self.settings.port}/webhooks/slack/webhook")
        return self

    async def _start(self) -> None:
        self.engine.start(self.bot)
        await self.engine.started()

    def stop(self) -> None:
        """Stop it as a server is stopped."""
        self._wait(self.engine.stop())
        self._end()

    def kill(self) -> None:
        """Let it fall silent at once; nothing more is read, written or posted by it."""

        async def die() -> None:
            self._part(SlackWork)._closing = True
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=5)
            await self._part(SlackWeb).close()

        self._wait(self.engine.here(die()))
        self._wait(self.engine.here(self.engine._runner.cleanup()))
        self.engine._loop.call_soon_threadsafe(self.engine._loop.stop)
        self.engine._thread.join(10)
        journal = self._part(Reception)._journal
        if journal._file is not None:
            os.close(journal._file)  # which gives up its lock, as a process's death does
        slack_store._LIVING.discard(self.engine._store.me)
        self._end()

    def get(self, page: str, **more: Any) -> httpx2.Response:
        """Open one of the channel's pages."""
        url = f"http://127.0.0.1:{self.settings.port}/webhooks/slack/{page}"
        return httpx2.get(url, timeout=20, **more)

    def wait(self, condition: Any, seconds: float = 20.0) -> Any:
        """Wait until a condition holds that nothing tells of."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < end, "did not come about"
            time.sleep(0.02)
        return value

    def rest(self) -> None:
        """Wait until everything that came in is answered and posted."""

        def left() -> Any:
            return self._wait(self.engine.here(self.engine._store.find_work(time.time())))

        self.wait(lambda: not left())

    def _part(self, kind: type[Any]) -> Any:
        return next(part for part in self.engine._parts if isinstance(part, kind))

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._home).result(60)

    def _end(self) -> None:
        self._home.call_soon_threadsafe(self._home.stop)
        self._thread.join(10)


OpenRoom = Callable[..., EngineRoom]
"""Starts the channel, as often as wanted, on the same folder."""


def install(room: EngineRoom, team: str, code: str = "good") -> Any:
    """Install the app as somebody does in a browser; return the last answer."""
    begun = room.get("install")
    assert begun.status_code == 302
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["client_id"] == ["123.456"]
    assert "chat:write" in asked["scope"][0]
    cookie = begun.headers["set-cookie"].partition(";")[0]
    assert {"HttpOnly", "Secure"} <= {each.strip() for each in begun.headers["set-cookie"].split(";")}
    room.fake.codes[code] = team
    return room.get(
        "installed", params={"state": asked["state"][0], "code": code}, headers={"Cookie": cookie}
    )
