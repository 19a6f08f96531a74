"""The four learning stages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching import mastery
from bot.coaching.mastery import ABLE, AWARE, DRILL, MASTERY, STAGES, TALK, UNAWARE, Practice, stage, streak

TODAY = 740_000

tries = st.lists(
    st.builds(
        Practice,
        day=st.integers(TODAY - 90, TODAY),
        type=st.just("price"),
        method=st.just("yes_if"),
        score=st.integers(0, 100),
        source=st.sampled_from([TALK, DRILL]),
        aided=st.booleans(),
        named=st.booleans(),
        quick=st.booleans(),
    ),
    max_size=30,
)


def practice(score: int, day: int = TODAY, source: str = TALK, **values: bool) -> Practice:
    return Practice(day, "price", "yes_if", score, source, **values)


def over(days: int, scores: list[int], **values: bool) -> list[Practice]:
    return [practice(score, TODAY - days + 1 + n % days, **values) for n, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ([], UNAWARE),
        ([practice(100)], UNAWARE),
        ([practice(20), practice(30)], AWARE),
        ([practice(90), practice(90)], AWARE),
        ([practice(70), practice(70), practice(70)], ABLE),
        ([practice(70), practice(70), practice(40)], AWARE),
        ([practice(75), practice(80), practice(45)], AWARE),
        ([practice(75), practice(80), practice(45), practice(70)], ABLE),
        (over(1, [90] * 8), ABLE),
        (over(3, [90] * 6), MASTERY),
        (over(3, [70] * 8), ABLE),
        ([*over(3, [90] * 7), practice(30)], ABLE),
        (over(3, [90] * 8, aided=True), AWARE),
        (over(3, [100] * 8, named=True), AWARE),
        ([replace(one, source=DRILL) for one in over(3, [90] * 8)], ABLE),
        ([replace(one, source=DRILL, quick=True) for one in over(3, [90] * 8)], MASTERY),
        ([replace(one, day=one.day - 61) for one in over(3, [90] * 8)], ABLE),
        ([replace(one, day=one.day - 60) for one in over(3, [90] * 8)], MASTERY),
    ],
)
def test_the_stage_follows_the_rule(of: list[Practice], expected: str) -> None:
    assert stage(of, TODAY) == expected


def test_old_failures_do_not_hold_anybody_back() -> None:
    before = [practice(10, TODAY - 40) for _ in range(20)]
    assert stage([*before, *over(4, [90] * 8)], TODAY) == MASTERY


@given(tries)
def test_every_record_has_a_stage_and_the_order_of_days_decides(of: list[Practice]) -> None:
    assert stage(of, TODAY) in STAGES
    assert stage(sorted(of, key=lambda one: one.day), TODAY) == stage(of, TODAY)


@given(tries)
def test_one_more_success_never_lowers_the_stage(of: list[Practice]) -> None:
    after = stage([*of, practice(100)], TODAY)
    assert STAGES.index(after) >= STAGES.index(stage(of, TODAY))


@given(tries)
def test_one_more_failure_never_raises_it_above_aware(of: list[Practice]) -> None:
    before, after = stage(of, TODAY), stage([*of, practice(0)], TODAY)
    assert STAGES.index(after) <= max(STAGES.index(before), STAGES.index(AWARE))


@given(tries)
def test_help_and_naming_alone_never_reach_able(of: list[Practice]) -> None:
    helped = [replace(one, aided=True) if n % 2 else replace(one, named=True) for n, one in enumerate(of)]
    assert stage(helped, TODAY) in (UNAWARE, AWARE)


@given(tries)
def test_mastery_needs_several_days(of: list[Practice]) -> None:
    if len({one.day for one in of if one.done and one.succeeded}) < mastery.MASTERY_DAYS:
        assert stage(of, TODAY) != MASTERY


@given(tries, st.integers(0, 400))
def test_time_without_practice_lowers_mastery_only(of: list[Practice], later: int) -> None:
    before, after = stage(of, TODAY), stage(of, TODAY + later)
    assert after == before or (before, after) == (MASTERY, ABLE)


@given(tries, st.integers(0, 400))
def test_a_stage_that_was_told_earlier_is_right_today(of: list[Practice], later: int) -> None:
    told = stage(of, max((one.day for one in of), default=TODAY))
    assert mastery.faded(told, mastery.last_success(of), TODAY + later) == stage(of, TODAY + later)


def test_the_mean_leaves_out_what_was_named() -> None:
    assert mastery.mean_score([practice(60), practice(71), practice(100, named=True)]) == 66
    assert mastery.mean_score([practice(100, named=True)]) is None


@pytest.mark.parametrize(
    ("ago", "expected"),
    [([], 0), ([0], 1), ([1], 1), ([2], 0), ([0, 1, 2, 4], 3), ([1, 2], 2), ([-1], 0)],
)
def test_a_streak_ends_today_or_yesterday(ago: list[int], expected: int) -> None:
    assert streak([TODAY - days for days in ago], TODAY) == expected


@given(st.sets(st.integers(TODAY - 20, TODAY)))
def test_practising_today_makes_a_streak_one_day_longer(days: set[int]) -> None:
    before = streak(days - {TODAY}, TODAY)
    assert streak(days | {TODAY}, TODAY) == before + 1
