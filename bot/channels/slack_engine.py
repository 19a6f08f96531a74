"""The Slack channel's own thread and event loop.

Rasa's loop stands still while a model reads a message, longer while one is put in place; Slack allows only
three seconds.  So everything that has to do with Slack runs here, and the turns themselves over there.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from aiohttp import web

from bot.channels.messages import Clicks, Incoming
from bot.channels.slack_door import Door, Knock, Opened, Own
from bot.channels.slack_installing import EVERY, Installing
from bot.channels.slack_journal import Journal
from bot.channels.slack_notifying import Notifying
from bot.channels.slack_people import Installation
from bot.channels.slack_plan import Face
from bot.channels.slack_reception import Reception
from bot.channels.slack_reminding import Reminding
from bot.channels.slack_socket import SlackSocket
from bot.channels.slack_stocking import Stocking
from bot.channels.slack_store import SlackStore
from bot.channels.slack_web import API_URL, NotDone, PerhapsDone, SlackWeb
from bot.channels.slack_work import Ask, Identity, SlackWork
from bot.services.signing import is_signed_content, is_signed_notice, slack_session, vouch

logger = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 1_048_576
SETTING: Final = "setting"
"""In place of the person who installed: the token is a setting."""

_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class SlackSettings:
    """What the channel is given; `docs/slack.md` explains each."""

    database_url: str = field(repr=False)
    folder: Path = Path("var")
    secret: str = field(default="", repr=False)
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    workspaces: frozenset[str] = frozenset()
    api_url: str = API_URL
    host: str = "127.0.0.1"
    port: int = 0
    lang: str = "en"
    notices: str = ""
    address: str = ""
    clicks: Clicks = Clicks()

    @property
    def active(self) -> bool:
        """Whether enough is set to receive events and to answer them."""
        answers = self.bot_token or (self.client_id and self.client_secret)
        return bool(self.secret and (self.signing_secret or self.app_token) and answers)


class SlackEngine:
    """Everything of the channel that has a life; started and stopped with Rasa's server."""

    def __init__(
        self, settings: SlackSettings, make_face: Callable[[], Face], clock: Callable[[], float] = time.time
    ) -> None:
        """Prepare; nothing runs yet. People's hours go by the clock (seconds since 1970)."""
        self._settings, self._make_face, self._clock = settings, make_face, clock
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack", daemon=True)
        self._store = SlackStore(settings.database_url, settings.secret)
        self._starting: Future[None] | None = None
        self._door: Door | None = None
        self._parts: list[Any] = []
        self._side: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        # whither a notice goes that names none: to that of the bot's token, which is asked for at the start
        sole = not settings.bot_token and len(settings.workspaces) == 1
        self._workspace = next(iter(settings.workspaces - {EVERY}), "") if sole else ""

    def start(self, ask: Ask) -> None:
        """Begin to work, asking the bot through `ask`, which runs in the caller's loop."""
        home = asyncio.get_running_loop()

        async def ask_there(incoming: Incoming) -> Sequence[Mapping[str, Any]]:
            there = asyncio.run_coroutine_threadsafe(_coroutine(ask, incoming), home)
            return await asyncio.wrap_future(there)

        self._thread.start()
        self._starting = asyncio.run_coroutine_threadsafe(self._start(ask_there), self._loop)

    async def started(self) -> None:
        """Wait until events are taken; raises what kept it from starting."""
        assert self._starting is not None
        await asyncio.shield(asyncio.wrap_future(self._starting))

    async def answer(self, knock: Knock) -> Opened:
        """Answer an HTTP request that came to the caller's server."""
        await self.started()
        if self._door is None:
            return Opened(503, "not ready")
        return await self.here(self._door.answer(knock))

    async def here(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run something in the channel's loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def stop(self) -> None:
        """Stop taking events, let running turns end, close everything."""
        if self._thread.is_alive():
            await self.here(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._store.close()

    # In the thread

    async def _start(self, ask: Ask) -> None:
        settings, face = self._settings, self._make_face()
        slack = SlackWeb(self._store, settings.api_url)
        work = SlackWork(
            self._store, slack, face, ask, settings.clicks, identity(settings.secret), settings.lang
        )
        reception = Reception(self._store, Journal(settings.folder), work.wake)
        installing = None
        if settings.client_id and settings.client_secret:
            installing = Installing(
                settings.client_id,
                settings.client_secret,
                settings.workspaces,
                settings.secret,
                self._store,
                slack,
            )
        own: dict[str, Own] = {"content": Stocking(self._is_content, face.stock).take}
        if settings.notices:
            notifying = Notifying(lambda: self._workspace, self._is_notice, reception)
            own["notify"] = notifying.take
        door = Door(
            settings.signing_secret,
            settings.workspaces,
            face,
            reception,
            work,
            slack,
            installing,
            own,
            self._clock,
        )
        self._door = door
        # in the order in which they end: nothing new comes in, turns end, then what they need
        self._parts = [door, Reminding(self._store, reception, self._clock), work, reception, slack]
        if settings.app_token:
            self._parts.insert(0, SlackSocket(slack, settings.app_token, door.take))
        if settings.port:
            await self._listen(door)
        if settings.bot_token:
            self._side.append(asyncio.create_task(self._register(slack, settings.bot_token)))

    def _is_notice(self, stamp: str, body: bytes, signature: str) -> bool:
        return is_signed_notice(self._settings.secret.encode(), stamp, body, signature, time.time())

    def _is_content(self, stamp: str, body: bytes, signature: str) -> bool:
        return is_signed_content(self._settings.secret.encode(), stamp, body, signature, time.time())

    async def _stop(self) -> None:
        self._door = None
        if self._runner is not None:
            await self._runner.cleanup()
        for task in self._side:
            task.cancel()
        for part in self._parts:
            await part.close()

    async def _register(self, slack: SlackWeb, token: str) -> None:
        """Find out whose token the setting is, however long Slack is away."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                said = await slack.ask(token, "auth.test", {})
                workspace = str(said["team_id"])
                known = await self._store.installed(workspace)
                if known is None or known.token != token:
                    made = Installation(
                        workspace, str(said.get("team") or ""), str(said.get("user_id") or ""), token, SETTING
                    )
                    await self._store.install(made, time.time())
                    slack.forget(workspace)
                self._workspace = workspace
                return
            except (NotDone, PerhapsDone) as error:
                logger.error("Slack does not accept DOJO_SLACK_BOT_TOKEN yet (%s)", error)
            except Exception as error:
                logger.error("the Slack installation is not kept yet (%s)", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _listen(self, door: Door) -> None:
        """Serve Slack on a port of its own, which stays quick while Rasa's loop stands still."""

        async def serve(request: web.Request) -> web.Response:
            knock = Knock(
                request.method,
                request.match_info["page"],
                {name.lower(): value for name, value in request.headers.items()},
                request.query,
                request.cookies,
                await request.read(),
            )
            opened = await door.answer(knock)
            headers = {**opened.headers, "Content-Type": opened.media}
            return web.Response(status=opened.status, text=None, body=opened.body.encode(), headers=headers)

        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/webhooks/slack/{page}", serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port, reuse_port=True)
        await site.start()  # shared with other workers of the same server


async def _coroutine(ask: Ask, incoming: Incoming) -> Sequence[Mapping[str, Any]]:
    return await ask(incoming)


def identity(secret: str) -> Identity:
    """Return how sessions and persons of Slack are called: nobody without the secret can tell or claim it."""
    key = secret.encode()
    return Identity(
        lambda name: slack_session(key, name), lambda session, person: vouch(key, session, person)
    )
