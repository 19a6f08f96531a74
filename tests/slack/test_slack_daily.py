from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack_daily import due, local, read_hour, snoozed, wished
from bot.channels.slack_plan import SlackPerson

SHANGHAI = "Asia/Shanghai"


def person(zone: str = SHANGHAI, **wishes: Any) -> SlackPerson:
    return SlackPerson("T1", "U1", zone=zone, wishes={"daily": "08:30", **wishes})


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)


def keys(who: SlackPerson, start: datetime, end: datetime, step: timedelta) -> list[str]:
    found, now = [], start
    while now < end:
        event = due(who, now)
        found += [event.key] if event else []
        now += step
    return found


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("8", "08:00"),
        ("8:30", "08:30"),
        ("at 8.30", "08:30"),
        ("8pm", "20:00"),
        ("12am", "00:00"),
        ("12pm", "12:00"),
        ("8:15 PM", "20:15"),
        ("8点", "08:00"),
        ("8点半", "08:30"),
        ("晚上8点半", "20:30"),
        ("早上 7：45", "07:45"),
        ("早上八点半", "08:30"),
        ("晚上十一点", "23:00"),
        ("二十三点一刻", "23:15"),
        ("中午十二点", "12:00"),
        ("下午两点三刻", "14:45"),
        ("十十点", None),
        ("一二点", None),
        ("23:59", "23:59"),
        ("24:00", None),
        ("8:75", None),
        ("soon", None),
        ("", None),
    ],
)
def test_an_hour_is_read_as_people_type_it(typed: str, hour: str | None) -> None:
    assert read_hour(typed) == hour


@given(st.text(max_size=12))
def test_whatever_is_typed_is_an_hour_of_the_day_or_none(typed: str) -> None:
    hour = read_hour(typed)
    assert hour is None or time.fromisoformat(hour).minute < 60


def test_a_person_is_reminded_at_their_hour_in_their_own_zone() -> None:
    assert due(person(), at("2026-11-23T08:29:59")) is None
    event = due(person(), at("2026-11-23T08:30:00"))
    assert event is not None
    assert (event.workspace, event.user, event.kind) == ("T1", "U1", "drill")
    assert due(person("America/New_York"), at("2026-11-23T08:30:00")) is None
    assert due(person("America/New_York"), at("2026-11-23T08:30:00", "America/New_York")) is not None


def test_each_day_has_one_key_however_often_it_is_asked_and_after_restarts() -> None:
    found = keys(person(), at("2026-11-20T00:00"), at("2026-11-24T00:00"), timedelta(minutes=7))
    assert len(found) > 4
    assert sorted(set(found)) == [f"d.U1.2026-11-2{day}" for day in range(4)]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("hour", ["02:30", "23:30", "00:10"])
def test_days_on_which_clocks_change_have_one_reminder(day: str, hour: str) -> None:
    who = SlackPerson("T1", "U1", zone="Europe/Berlin", wishes={"daily": hour})
    start = at(f"{day}T00:00", "Europe/Berlin")
    found = set(keys(who, start - timedelta(days=1), start + timedelta(days=2), timedelta(minutes=5)))
    assert len([key for key in found if key.startswith(f"d.U1.{day}")]) == 1


def test_a_reminder_missed_by_hours_is_left_out() -> None:
    assert due(person(), at("2026-11-23T11:29:00")) is not None
    assert due(person(), at("2026-11-23T11:31:00")) is None


def test_an_hour_that_is_past_when_it_is_chosen_counts_from_tomorrow() -> None:
    chosen = person(**wished("08:30", at("2026-11-23T09:00").timestamp()))
    assert due(chosen, at("2026-11-23T09:01")) is None
    assert due(chosen, at("2026-11-24T08:30")) is not None


def test_a_snoozed_reminder_comes_once_more_in_an_hour() -> None:
    pressed = at("2026-11-23T08:40")
    put_off = person(**snoozed(pressed.timestamp()))
    first = due(person(), pressed)
    later = due(put_off, pressed + timedelta(hours=1))
    assert first is not None and later is not None
    assert later.key not in (first.key, None)
    again = due(put_off, pressed + timedelta(hours=1, minutes=5))
    assert again is not None and again.key == later.key
    tomorrow = due(put_off, at("2026-11-24T08:30"))
    assert tomorrow is not None and tomorrow.key == "d.U1.2026-11-24"


def test_who_stopped_or_never_asked_is_not_reminded() -> None:
    stopped = SlackPerson("T1", "U1", zone=SHANGHAI, wishes={"snoozed": 5})
    assert due(stopped, at("2026-11-23T08:30")) is None
    assert wished(None, 5.0) == {"daily": None, "daily_since": None, "snoozed": None}


def test_an_unknown_zone_is_utc() -> None:
    assert due(person("Mars/Olympus"), datetime(2026, 11, 23, 8, 30, tzinfo=timezone.utc)) is not None
    assert due(person(""), datetime(2026, 11, 23, 8, 30, tzinfo=timezone.utc)) is not None
    assert local(0, "../../etc/passwd") == "00:00"
