"""Where Slack knocks: signatures, acknowledgements, installing.  Knows neither Rasa nor the web server."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from slack_sdk.signature import SignatureVerifier

from bot.channels.slack_events import (
    ACTION,
    SHORTCUT,
    SLASH,
    PassedOver,
    SlackEvent,
    Unreadable,
    read_body,
    read_event,
)
from bot.channels.slack_installing import EVERY, Installing, Refused
from bot.channels.slack_plan import AtOnce, Face, Post, SlackPerson
from bot.channels.slack_reception import Reception
from bot.channels.slack_web import NotDone, PerhapsDone, SlackWeb
from bot.channels.slack_work import SlackWork

logger = logging.getLogger(__name__)

JSON, TEXT, HTML = "application/json", "text/plain; charset=utf-8", "text/html; charset=utf-8"
COOKIE: Final = "dojo_slack"

_SIGNATURES_SECONDS: Final = 11 * 60.0
"""Longer than a signature is good, before and after its time."""
_SHOWING: Final = frozenset({ACTION, SLASH, SHORTCUT})
"""What shows its person something at once, in their language."""
_NO_RETRY: Final = {"X-Slack-No-Retry": "1"}

Own = Callable[[Mapping[str, str], bytes], Awaitable[int]]
"""Takes the headers and the body of what the dojo itself sends; returns the HTTP status."""


@dataclass(frozen=True)
class Knock:
    """One HTTP request; names of headers in small letters."""

    method: str
    page: str
    headers: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Opened:
    """The answer to it."""

    status: int
    body: str = ""
    media: str = TEXT
    headers: Mapping[str, str] = field(default_factory=dict)


class Door:
    """Answers Slack within its three seconds: what it acknowledges is kept for good."""

    def __init__(
        self,
        signing_secret: str,
        workspaces: frozenset[str],
        face: Face,
        reception: Reception,
        work: SlackWork,
        web: SlackWeb,
        installing: Installing | None,
        own: Mapping[str, Own],
        clock: Callable[[], float],
    ) -> None:
        """Let in what Slack signed, of `workspaces` only, if any are named (`*` names all).

        `own` are the pages for what the dojo itself sends, by name; each looks at the signature itself.
        `clock` tells when an event came, by which people's hours go.
        """
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._workspaces = workspaces
        self._face, self._reception, self._work, self._web = face, reception, work, web
        self._installing, self._own, self._clock = installing, own, clock
        self._seen: dict[str, float] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def answer(self, knock: Knock) -> Opened:
        """Answer an HTTP request."""
        if knock.method == "POST" and knock.page == "webhook":
            return await self._webhook(knock)
        if knock.method == "POST" and knock.page in self._own:
            return Opened(await self._own[knock.page](knock.headers, knock.body))
        if knock.method == "GET" and self._installing is not None:
            if knock.page == "install":
                url, cookie = self._installing.begin(time.time())
                return Opened(302, headers={"Location": url, "Set-Cookie": f"{COOKIE}={cookie}"})
            if knock.page == "installed":
                return await self._installed(self._installing, knock)
        return Opened(404, "not found")

    async def take(self, kind: str, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take in a payload that is known to be Slack's; return the acknowledgement's body.

        Raises:
            OSError: it cannot be kept, so it must not be acknowledged.
        """
        event = read_event(kind, payload)
        if isinstance(event, PassedOver):
            return None
        if self._workspaces and not self._workspaces & {event.workspace, EVERY}:
            logger.warning("an event of a workspace that is not in DOJO_SLACK_WORKSPACES was passed over")
            return None
        event = replace(event, at=self._clock())
        at_once = await self._at_once(event)
        for post in at_once.posts:
            self._call(event.workspace, post)
        if at_once.kept:
            await self._reception.take(event)
        return at_once.ack

    async def close(self) -> None:
        """Let the calls that were begun end."""
        if self._calls:
            await asyncio.wait(self._calls, timeout=3.0)

    # HTTP

    async def _webhook(self, knock: Knock) -> Opened:
        signature = self._signed(knock)
        if signature is None:
            return Opened(401, "not signed by Slack", headers=_NO_RETRY)
        try:
            kind, payload = read_body(knock.headers.get("content-type", ""), knock.body)
        except Unreadable:
            return Opened(400, "unreadable", headers=_NO_RETRY)
        if payload.get("type") == "url_verification":
            return Opened(200, str(payload.get("challenge") or ""))
        try:
            ack = await self.take(kind, payload)
        except OSError as error:
            logger.error("an event of Slack's cannot be kept (%s)", type(error).__name__)
            return Opened(503, "try again")
        self._seen[signature] = time.monotonic() + _SIGNATURES_SECONDS
        if ack is None:
            return Opened(200)
        return Opened(200, json.dumps(ack, ensure_ascii=False), JSON)

    def _signed(self, knock: Knock) -> str | None:
        """Return the signature of a request that Slack signed and that has not come before."""
        signature = knock.headers.get("x-slack-signature", "")
        stamp = knock.headers.get("x-slack-request-timestamp", "")
        if self._verifier is None:
            return None
        try:
            valid = self._verifier.is_valid(body=knock.body, timestamp=stamp, signature=signature)
        except (ValueError, TypeError):
            valid = False  # no number, no UTF-8, no ASCII
        now = time.monotonic()
        if valid and self._seen.get(signature, 0.0) < now:
            self._forget(now)
            return signature
        logger.warning("refused a request to the Slack webhook: %s", "replayed" if valid else "not signed")
        return None

    def _forget(self, now: float) -> None:
        while self._seen and next(iter(self._seen.values())) < now:
            del self._seen[next(iter(self._seen))]

    # What cannot wait

    async def _at_once(self, event: SlackEvent) -> AtOnce:
        person = SlackPerson(event.workspace, event.user)
        if event.kind in _SHOWING:
            person = await self._work.person(event.workspace, event.user)
        try:
            return self._face.at_once(event, person)
        except Exception as error:
            logger.error("a %s of Slack's has no quick answer (%s)", event.kind, type(error).__name__)
            return AtOnce()

    def _call(self, workspace: str, post: Post) -> None:
        task = asyncio.create_task(self._called(workspace, post))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _called(self, workspace: str, post: Post) -> None:
        try:
            await self._web.call(workspace, post.method, post.arguments)
        except (NotDone, PerhapsDone) as error:
            logger.warning("Slack did not do %s (%s)", post.method, error)
        except Exception as error:
            logger.error("%s was not called (%s)", post.method, type(error).__name__)

    # Installing

    async def _installed(self, installing: Installing, knock: Knock) -> Opened:
        try:
            app, team = await installing.finish(knock.query, knock.cookies.get(COOKIE, ""), time.time())
        except Refused as error:
            logger.warning("an installation of the Slack app was refused (%s)", error)
            return Opened(400, f"not installed: {error}")
        gone = {"Set-Cookie": f"{COOKIE}=; Max-Age=0"}
        return Opened(
            302, headers={"Location": f"https://slack.com/app_redirect?app={app}&team={team}", **gone}
        )
