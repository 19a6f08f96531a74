"""The people who talk with the bots: each sends a message over HTTP and waits for the whole answer."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

import aiohttp
from typing_extensions import Self

from benchmarks.lines import Play
from bot.web.context import Pace

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_PRODUCT = re.compile(r'name="product" value="([^"]+)"')
_SEND = re.compile(r'data-send="([^"]+)"')
_IN_TALK = "/pause_talk"
"""Offered above the composer as long as a role-play goes on."""
_TURN_SECONDS = 120
_STRICTER = 0.97
_OK, _SEE_OTHER = 200, 303


class TurnFailed(Exception):
    """A message was not answered; the text says how."""


FAILURES = (TurnFailed, aiohttp.ClientError, OSError, asyncio.TimeoutError)
"""What a message that was not answered may raise."""


@dataclass(frozen=True)
class Turn:
    """Seconds from sending a message until its first words and until the end of its answer.

    One that does not count only prepared those that are measured.
    """

    first: float
    whole: float
    counts: bool = True


class Person(Protocol):
    """Somebody in a conversation."""

    def wait(self) -> float:
        """Return the seconds for which the bot would refuse another message as too fast."""

    async def say(self) -> Turn:
        """Send the next message and take the answer."""


class Crowd(Protocol):
    """Where people of one kind come from."""

    async def person(self) -> Person:
        """Return somebody new, their conversation opened."""


class Connections:
    """The connections of all browsers, kept open as browsers do."""

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        self._connector = aiohttp.TCPConnector(limit=0)
        self._clients: list[aiohttp.ClientSession] = []
        return self

    def browser(self) -> aiohttp.ClientSession:
        """Return a browser with cookies of its own."""
        client = aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=_TURN_SECONDS),
        )
        self._clients.append(client)
        return client

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close all."""
        for client in self._clients:
            await client.close()
        await self._connector.close()


class Trainees:
    """People at the dojo's page, each with a cookie, a CSRF token and a session, each saying other lines."""

    def __init__(self, connections: Connections, url: str, lines: Iterator[str]) -> None:
        """Let them say `lines`."""
        self._connections, self._url, self._lines = connections, url, lines
        self._count = itertools.count()

    async def person(self) -> Person:
        """Open the start page, fill in its form, and open the chat, as the page's script finds it."""
        browser = self._connections.browser()
        number = next(self._count)
        lang = ("zh", "en")[number % 2]
        page = await _page(browser, self._url)
        products = _PRODUCT.findall(page)
        form = {
            "csrf": _found(_CSRF, page),
            "name": f"Trainee {number}",
            "product": products[number % len(products)],
            "lang": lang,
        }
        async with browser.post(f"{self._url}/sessions", data=form, allow_redirects=False) as answer:
            if answer.status != _SEE_OTHER:
                raise TurnFailed(f"POST /sessions: {answer.status}")
            place = answer.headers["Location"]
        chat = await _page(browser, self._url + place)
        page_of = Page(browser, self._url + _found(_SEND, chat), _found(_CSRF, chat))
        return self._trainee(page_of, lang)

    def _trainee(self, page: Page, _lang: str) -> Person:
        return Trainee(page, self._lines)


class RolePlayers(Trainees):
    """People at the dojo's page who practise: each plays one role-play after another."""

    def __init__(self, connections: Connections, url: str, plays: Mapping[str, Iterator[Play]]) -> None:
        """Let them play `plays`, by language."""
        super().__init__(connections, url, iter(()))
        self._plays = plays

    def _trainee(self, page: Page, lang: str) -> Person:
        return RolePlayer(page, self._plays[lang])


class Page:
    """The chat page of one session, as its script uses it."""

    def __init__(self, browser: aiohttp.ClientSession, url: str, csrf: str) -> None:
        """Begin a conversation that was opened just now."""
        self._browser, self._url = browser, url
        self._headers = {"Content-Type": "application/json", "X-CSRF-Token": csrf}
        self._allowance = Allowance(Pace())
        self.dock = ""
        """What stands above the composer."""

    def wait(self) -> float:
        """Return the seconds until the page takes another message."""
        return self._allowance.wait()

    async def send(self, **message: str) -> Turn:
        """Send typed text or a click's payload and read the cards up to the last one."""
        self._allowance.take()
        body = json.dumps({"message_id": str(uuid.uuid4()), **message})
        began = time.perf_counter()
        first = 0.0
        async with self._browser.post(self._url, data=body, headers=self._headers) as answer:
            if answer.status != _OK:
                raise TurnFailed(f"POST messages: {answer.status}")
            async for line in answer.content:
                first = first or time.perf_counter() - began
                said = json.loads(line)
                if "error" in said:
                    raise TurnFailed(said["error"])
                if said.get("done"):
                    self.dock = said.get("dock", self.dock)
                    return Turn(first, time.perf_counter() - began)
        raise TurnFailed("the answer has no end")


class Trainee:
    """One trainee who asks the coach."""

    def __init__(self, page: Page, lines: Iterator[str]) -> None:
        """Begin a conversation that was opened just now."""
        self._page, self._lines = page, lines

    def wait(self) -> float:
        """Return the seconds until the page takes another message."""
        return self._page.wait()

    async def say(self) -> Turn:
        """Send what a customer said and take the coach's answer."""
        return await self._page.send(text=next(self._lines))


class RolePlayer:
    """One trainee who plays: what is typed is a seller's reply, which is assessed."""

    def __init__(self, page: Page, plays: Iterator[Play]) -> None:
        """Begin a conversation that was opened just now."""
        self._page, self._plays = page, plays
        self._replies: Iterator[str] = iter(())

    def wait(self) -> float:
        """Return the seconds until the page takes another message."""
        return self._page.wait()

    async def say(self) -> Turn:
        """Reply to the customer; where no role-play goes on, begin the next one, which does not count."""
        if _IN_TALK in self._page.dock:
            return await self._page.send(text=next(self._replies))
        play = next(self._plays)
        self._replies = itertools.cycle(play.replies)
        payload = "/choose_scenario" + json.dumps({"scenario": play.scenario})
        turn = await self._page.send(payload=payload)
        if _IN_TALK not in self._page.dock:
            raise TurnFailed(f"{play.scenario} did not begin")
        return replace(turn, counts=False)


class Allowance:
    """What the page's own limit leaves a visitor, counted a little more strictly."""

    def __init__(self, pace: Pace) -> None:
        """Begin with all of it but the message that opened the session."""
        self._pace = pace
        self._left, self._since = pace.burst - 2.0, time.monotonic()

    def wait(self) -> float:
        """Return the seconds until a message may be sent."""
        now = time.monotonic()
        earned = (now - self._since) * self._pace.per_second * _STRICTER
        self._left, self._since = min(self._pace.burst - 2.0, self._left + earned), now
        return max(0.0, 1.0 - self._left) / self._pace.per_second

    def take(self) -> None:
        """Count a message."""
        self._left -= 1.0


class StockUsers:
    """People at the stock bot's REST channel, each going through the bot's own stories."""

    def __init__(self, connections: Connections, url: str, said: Sequence[Sequence[str]], seed: int) -> None:
        """Let them choose among the examples of each message."""
        self._browser = connections.browser()
        self._url = f"{url}/webhooks/rest/webhook"
        self._said, self._chance = said, random.Random(seed)

    async def person(self) -> StockUser:
        """Return a new sender."""
        return StockUser(self._browser, self._url, self._said, self._chance)


class StockUser:
    """One sender."""

    def __init__(
        self, browser: aiohttp.ClientSession, url: str, said: Sequence[Sequence[str]], chance: random.Random
    ) -> None:
        """Begin with the first message of the stories."""
        self._browser, self._url, self._chance = browser, url, chance
        self._sender = uuid.uuid4().hex
        self._next = itertools.cycle(said)
        self.silences = 0

    def wait(self) -> float:
        """Return nothing: the stock bot limits nobody."""
        return 0.0

    async def say(self) -> Turn:
        """Send the next message; the whole answer comes at once."""
        message = {"sender": self._sender, "message": self._chance.choice(next(self._next))}
        began = time.perf_counter()
        async with self._browser.post(self._url, json=message) as answer:
            if answer.status != _OK:
                raise TurnFailed(f"POST webhook: {answer.status}")
            said = json.loads(await answer.read())
        seconds = time.perf_counter() - began
        self.silences += not said
        return Turn(seconds, seconds)


async def _page(browser: aiohttp.ClientSession, url: str) -> str:
    async with browser.get(url) as answer:
        if answer.status != _OK:
            raise TurnFailed(f"GET {answer.url.path}: {answer.status}")
        return await answer.text()


def _found(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    if match is None:
        raise TurnFailed(f"the page has no {pattern.pattern}")
    return match[1]
