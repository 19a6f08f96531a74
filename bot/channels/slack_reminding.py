"""Reminding people of their daily drill: looks whose hour has come, and hands each in once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Final

from bot.channels.slack_daily import DAILY, due
from bot.channels.slack_reception import Reception
from bot.channels.slack_store import SlackStore

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 20.0

Clock = Callable[[], float]
"""Tells the time in seconds since 1970."""


class Reminding:
    """Hands reminders to the reception, whose inbox takes each key once, after restarts too."""

    def __init__(self, store: SlackStore, reception: Reception, clock: Clock) -> None:
        """Begin to look, from time to time."""
        self._store, self._reception, self._clock = store, reception, clock
        self._reminded: set[tuple[str, str]] = set()
        self._watch = asyncio.create_task(self._keep_watch())

    async def close(self) -> None:
        """Stop looking."""
        self._watch.cancel()
        await asyncio.wait([self._watch])

    async def remind(self) -> int:
        """Remind everybody whose hour has come; return how many were handed in."""
        handed_in, still_due = 0, set()
        now = datetime.fromtimestamp(self._clock(), timezone.utc)
        for person in await self._store.people_wishing(DAILY):
            event = due(person, now)
            if event is None:
                continue
            key = (event.workspace, event.key)
            still_due.add(key)
            if key not in self._reminded:
                await self._reception.take(event)
                handed_in += 1
        self._reminded = still_due
        return handed_in

    async def _keep_watch(self) -> None:
        while True:
            try:
                await self.remind()
            except Exception as error:
                logger.error("people are not reminded of their drills now (%s)", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)
