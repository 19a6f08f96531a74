"""Taking events in: what `take` returns from is kept for good, within seconds whatever the database does.

One writer puts events into the database in the order in which they came, all that wait in one transaction.
Where that takes too long, they are written to the journal as well, and stay in line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from bot.channels.slack_events import SlackEvent
from bot.channels.slack_journal import Journal
from bot.channels.slack_store import SlackStore

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 1.0
"""How long the database may take before the journal is used; Slack allows three seconds in all."""

_BATCH: Final = 500
_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 5.0


@dataclass(eq=False)
class _Guest:
    event: SlackEvent
    received_at: float
    seated: asyncio.Future[None] = field(repr=False)
    journalled: bool = False


class Reception:
    """Where every event comes in; lives in one event loop."""

    def __init__(self, store: SlackStore, journal: Journal, wake: Callable[[Sequence[str]], None]) -> None:
        """Tell `wake` in which conversations there is something new."""
        self._store, self._journal, self._wake = store, journal, wake
        self._line: deque[_Guest] = deque()
        self._came = asyncio.Event()
        # threads of their own: a database that hangs must not keep anybody from the disk
        self._to_database = ThreadPoolExecutor(1, thread_name_prefix="slack-inbox")
        self._to_disk = ThreadPoolExecutor(1, thread_name_prefix="slack-journal")
        self._writer = asyncio.create_task(self._write())

    async def take(self, event: SlackEvent) -> None:
        """Keep an event; when this returns, it will be answered, unless it came before.

        Raises:
            OSError: neither the database nor the disk takes it.
        """
        loop = asyncio.get_running_loop()
        guest = _Guest(event, time.time(), loop.create_future())
        self._line.append(guest)
        self._came.set()
        done, _ = await asyncio.wait([guest.seated], timeout=PATIENCE_SECONDS)
        if done:
            return
        logger.warning("the database is slow: an event of Slack's goes to the journal")
        guest.journalled = True
        await loop.run_in_executor(self._to_disk, self._journal.write, event, guest.received_at)

    async def close(self) -> None:
        """Stop writing; what is in line and acknowledged is in the journal or in the database."""
        self._writer.cancel()
        await asyncio.wait([self._writer])
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._to_database.shutdown)
        await loop.run_in_executor(None, self._to_disk.shutdown)
        self._journal.close()

    async def _write(self) -> None:
        await self._persist(self._take_over)
        while True:
            await self._came.wait()
            self._came.clear()
            while self._line:
                await self._persist(self._seat)

    async def _persist(self, step: Callable[[], object]) -> None:
        """Try a step until the database takes it."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await step()  # type: ignore[misc]
                return
            except Exception as error:
                logger.error("events of Slack's wait for the database (%s)", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _seat(self) -> None:
        batch = [self._line[n] for n in range(min(len(self._line), _BATCH))]
        await self._put([(guest.event, guest.received_at) for guest in batch])
        for guest in batch:
            self._line.popleft()
            if not guest.seated.done():
                guest.seated.set_result(None)
        if not any(guest.journalled for guest in self._line) and any(g.journalled for g in batch):
            await asyncio.get_running_loop().run_in_executor(self._to_disk, self._clear)

    def _clear(self) -> None:
        # asked again behind the last write: somebody may have gone to the journal meanwhile
        if not any(guest.journalled for guest in tuple(self._line)):
            self._journal.clear()

    async def _take_over(self) -> None:
        """Take in what a killed process had acknowledged."""
        for path, events in self._journal.left_behind():
            await self._put(events)
            self._journal.discard(path)

    async def _put(self, events: Sequence[tuple[SlackEvent, float]]) -> None:
        loop = asyncio.get_running_loop()
        self._wake(await loop.run_in_executor(self._to_database, self._store.take, events))
