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
    r"(?:at )?(?P<half>上午|早上|中午|下午|晚上)?\s*"
    r"(?P<hour>[0-9]{1,2}|[零一二两三四五六七八九十]{1,3}(?=[点时]))"
    r"(?:[:：.点时](?P<minute>[0-9]{2}|半|一刻|三刻)?[分钟]?)?\s*(?P<ampm>am|pm)?"
)
_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_MINUTES: Final = {"半": 30, "一刻": 15, "三刻": 45}


def read_hour(text: str) -> str | None:
    """Return the time of day that was typed (`8`, `8:30`, `8pm`, 早上八点半) as `08:30`; None for none."""
    found = _HOUR.fullmatch(text.strip().lower())
    if found is None:
        return None
    hour = _count(found["hour"])
    minute = _MINUTES.get(found["minute"] or "", -1)
    minute = int(found["minute"] or 0) if minute < 0 else minute
    late = found["ampm"] == "pm" or found["half"] in ("下午", "晚上")
    if found["ampm"] == "am" and hour == 12:
        hour = 0
    elif late and hour < 12:
        hour += 12
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def _count(written: str) -> int:
    """Return a number below a hundred, in figures or as 八, 十, 十二, 二十三; above that for what is none."""
    if written.isascii():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return _DIGITS[written] if len(written) == 1 else 100
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 100
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


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
