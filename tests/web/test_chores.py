from __future__ import annotations

import asyncio
import threading

from bot.services.errors import Unavailable
from bot.web.chores import Chore, doing


async def test_a_chore_is_done_again_whatever_it_raised() -> None:
    done, enough = [], threading.Event()

    def work() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise Unavailable
        if len(done) == 2:
            raise ZeroDivisionError
        enough.set()

    async with doing([Chore("test", 0.0, work)]):
        assert await asyncio.to_thread(enough.wait, 10)
