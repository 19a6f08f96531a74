"""Work that the web process does now and then by itself, beside answering."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from bot.services.errors import Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something to be done every so many seconds, the first time at once.

    It runs in a thread; what it raises goes to the log, and it is tried again next time.
    """

    name: str
    every: float
    work: Callable[[], object]


@contextlib.asynccontextmanager
async def doing(chores: Iterable[Chore]) -> AsyncIterator[None]:
    """Do chores as long as the block runs."""
    tasks = [asyncio.create_task(_again_and_again(chore)) for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(chore: Chore) -> None:
    while True:
        try:
            await asyncio.to_thread(chore.work)
        except Unavailable:
            logger.warning("%s: the database cannot be reached; tried again later", chore.name)
        except Exception:
            logger.exception("%s could not be done; tried again later", chore.name)
        await asyncio.sleep(chore.every)
