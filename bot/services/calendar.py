"""Days and weeks by their ordinals, in the machine's time zone unless another one is given."""

from __future__ import annotations

from datetime import date, datetime, time, timezone, tzinfo
from typing import Final

from bot.storage.days import day_of

__all__ = ["WEEK", "begin_of", "day_of", "week_of"]

WEEK: Final = 7
"""Days."""


def week_of(day: int) -> int:
    """Return the ordinal of the Monday of the week in which a day lies."""
    return day - (day - 1) % WEEK


def begin_of(day: int, zone: tzinfo | None = None) -> datetime:
    """Return the moment at which a day begins."""
    midnight = datetime.combine(date.fromordinal(day), time())
    return midnight.replace(tzinfo=zone).astimezone(timezone.utc)
