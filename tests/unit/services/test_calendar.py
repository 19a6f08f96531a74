"""Days and weeks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.services.calendar import begin_of, day_of, week_of

CHINA = timezone(timedelta(hours=8))
days = st.integers(date(1990, 1, 1).toordinal(), date(2090, 1, 1).toordinal())


def test_the_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=timezone.utc)
    assert day_of(late, CHINA) == day_of(late, timezone.utc) + 1


@given(days)
def test_a_week_begins_on_its_monday(day: int) -> None:
    monday = week_of(day)
    assert date.fromordinal(monday).weekday() == 0
    assert 0 <= day - monday < 7


@given(days, st.sampled_from([None, CHINA, timezone.utc]))
def test_a_day_begins_with_its_first_moment(day: int, zone: timezone | None) -> None:
    first = begin_of(day, zone)
    assert day_of(first, zone) == day
    assert day_of(first - timedelta(microseconds=1), zone) == day - 1
