"""The daily drill: when a person is to be reminded, each day once, by their own clock.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.channels.slack_events import DRILL, SlackEvent
from bot.channels.slack_plan import SlackPerson

DAILY: Final = "daily"
"""The wish that holds the hour, as `08:30`."""

SINCE: Final = "daily_since"
"""Seconds since 1970 when the hour was chosen: an hour that was past then counts from the next day on."""

SNOOZED: Final = "snoozed"
"""Seconds since 1970 until which a reminder was put off."""

SNOOZE_SECONDS: Final = 3600
LATEST: Final = timedelta(hours=3)
"""A reminder that is later than this is left out: the dojo was down."""

_HOUR: Final = re.compile(
    r"(?:at )?(?P<half>上午|早上|下午|晚上)?\s*(?P<hour>[0-9]{1,2})"
    r"(?:[:：.点时](?P<minute>[0-9]{2}|半)?分?)?\s*(?P<ampm>am|pm)?"
)


def read_hour(text: str) -> str | None:
    """Return the time of day that was typed (`8`, `8:30`, `8pm`, 早上8点半) as `08:30`; None for none."""
    found = _HOUR.fullmatch(text.strip().lower())
    if found is None:
        return None
    hour = int(found["hour"])
    minute = 30 if found["minute"] == "半" else int(found["minute"] or 0)
    late = found["ampm"] == "pm" or found["half"] in ("下午", "晚上")
    if found["ampm"] == "am" and hour == 12:
        hour = 0
    elif late and hour < 12:
        hour += 12
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def wished(hour: str | None, now: float) -> dict[str, Any]:
    """Return the wishes that choose an hour; None for no reminders."""
    return {DAILY: hour, SINCE: int(now) if hour else None, SNOOZED: None}


def snoozed(now: float) -> dict[str, Any]:
    """Return the wishes that put a reminder off."""
    return {SNOOZED: int(now) + SNOOZE_SECONDS}


def local(seconds: float, zone: str) -> str:
    """Return the time of day that it is somewhere."""
    return datetime.fromtimestamp(seconds, _zone(zone)).strftime("%H:%M")


def due(person: SlackPerson, now: datetime) -> SlackEvent | None:
    """Return the event that reminds a person if it is time; its key is the same all day long.

    The inbox takes an event once, so that a day has one reminder, and a snoozed one more.
    """
    hour = _time(person.wishes)
    if hour is None:
        return None
    zone = _zone(person.zone)
    put_off = person.wishes.get(SNOOZED)
    if isinstance(put_off, int):
        at = datetime.fromtimestamp(put_off, timezone.utc)
        if at <= now < at + LATEST:
            return _event(person, at.astimezone(zone).date(), f".{put_off}")
    since = person.wishes.get(SINCE)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        at = datetime.combine(day, hour, zone).astimezone(timezone.utc)
        chosen = at.timestamp() >= since if isinstance(since, int) else True
        if chosen and at <= now < at + LATEST:
            return _event(person, day, "")
    return None


def _event(person: SlackPerson, day: date, more: str) -> SlackEvent:
    return SlackEvent(person.workspace, DRILL, f"d.{person.user}.{day.isoformat()}{more}", person.user)


def _time(wishes: Mapping[str, Any]) -> time | None:
    try:
        return time.fromisoformat(str(wishes.get(DAILY) or ""))
    except ValueError:
        return None


def _zone(name: str) -> tzinfo:
    """Return a zone by its name; UTC where the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return timezone.utc
