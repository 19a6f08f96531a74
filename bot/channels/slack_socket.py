"""Socket Mode: Slack's events over a connection that the bot opens, so that it needs no public address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp

from bot.channels.slack_events import EVENTS, INTERACTIVE, SLASH_COMMANDS
from bot.channels.slack_web import NotDone, PerhapsDone, RateLimited, SlackWeb

logger = logging.getLogger(__name__)

_HEARTBEAT_SECONDS: Final = 10.0
_STABLE_SECONDS: Final = 10.0
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 30.0
_LARGEST_BYTES: Final = 1_048_576
_KINDS: Final = (EVENTS, INTERACTIVE, SLASH_COMMANDS)

Take = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]


class SlackSocket:
    """Keeps one connection open; Slack announces before it closes one, and the next is opened first."""

    def __init__(self, web: SlackWeb, app_token: str, take: Take) -> None:
        """Acknowledge what `take` returned from."""
        self._web, self._app_token, self._take = web, app_token, take
        self._client = aiohttp.ClientSession()
        self._readers: set[asyncio.Task[None]] = set()
        self._taking: set[asyncio.Task[None]] = set()
        self._keeper = asyncio.create_task(self._keep_connected())

    async def close(self) -> None:
        """Take nothing new, and close."""
        self._keeper.cancel()
        for reader in self._readers:
            reader.cancel()
        if self._taking:
            await asyncio.wait(self._taking, timeout=3.0)
        await self._client.close()

    async def _keep_connected(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                opened = await self._web.ask(self._app_token, "apps.connections.open", {})
                socket = await self._client.ws_connect(
                    str(opened["url"]), heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LARGEST_BYTES
                )
            except RateLimited as error:
                await asyncio.sleep(error.seconds)
                continue
            except (NotDone, PerhapsDone, aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                told = str(error) if isinstance(error, (NotDone, PerhapsDone)) else type(error).__name__
                logger.error("Slack's socket cannot be opened (%s)", told)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            opened_at = asyncio.get_running_loop().time()
            leaving = asyncio.Event()
            reader = asyncio.create_task(self._read(socket, leaving))
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
            await leaving.wait()
            if asyncio.get_running_loop().time() - opened_at > _STABLE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, leaving: asyncio.Event) -> None:
        """Read until the connection ends; say so as soon as Slack announces it."""
        try:
            async for message in socket:
                if message.type != aiohttp.WSMsgType.TEXT:
                    continue
                try:
                    envelope = message.json()
                except ValueError:
                    continue
                if envelope.get("type") == "disconnect":
                    leaving.set()
                elif envelope.get("envelope_id"):
                    task = asyncio.create_task(self._acknowledge(socket, envelope))
                    self._taking.add(task)
                    task.add_done_callback(self._taking.discard)
        finally:
            leaving.set()
            await socket.close()

    async def _acknowledge(
        self, socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, Any]
    ) -> None:
        kind, payload = envelope.get("type"), envelope.get("payload")
        ack: Mapping[str, Any] | None = None
        try:
            if kind in _KINDS and isinstance(payload, dict):
                ack = await self._take(str(kind), payload)
        except OSError as error:
            # not acknowledged: Slack sends it again
            logger.error("an event of Slack's cannot be kept (%s)", type(error).__name__)
            return
        answer: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        if ack is not None and envelope.get("accepts_response_payload"):
            answer["payload"] = ack
        try:
            await socket.send_json(answer)
        except (ConnectionError, RuntimeError, aiohttp.ClientError):
            logger.warning("an acknowledgement did not reach Slack; what it sends again is known")
