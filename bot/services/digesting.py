"""Digesting: bringing what the inbox knows of sessions up to date with what is on record."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from bot.services.tallies import refresh_for
from bot.storage.unit_of_work import UnitOfWorkFactory

AT_ONCE: Final = 50
"""So many sessions are looked at in one transaction: others who change the index wait no longer than that."""

_ASIDE: Final = 20
_TIMES: Final = 50
_BREATH: Final = 0.05
"""Seconds."""


def digest(units: UnitOfWorkFactory, *, now: datetime, most: int = AT_ONCE) -> bool:
    """Make the digests of sessions that changed, and of some that have none; returns whether more are left.

    The figures of their trainees are brought up to date first.

    Done again it changes nothing. Raises Unavailable.
    """
    with units(reading=True) as uow:
        due = uow.digests.due(now, most)
    if not due.news:
        return due.more
    refresh_for(units, due.sessions)
    with units() as uow:
        uow.digests.done(due)
        uow.commit()
    return due.more


def digest_some(units: UnitOfWorkFactory, *, now: datetime) -> None:
    """Make digests that are due, a few at a time, so that nobody who writes has to wait for long.

    After some seconds what is left is left for the next time.
    """
    for _ in range(_TIMES):
        if not digest(units, now=now, most=_ASIDE):
            break
        time.sleep(_BREATH)
