"""When cards are due again."""

from __future__ import annotations

import json
from datetime import timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.drill_questions import RATINGS
from bot.services.scheduling import LONGEST, asked_on, due_on, review

TODAY = 740_000


def intervals(*ratings: str) -> list[int]:
    """Return the days between reviews, each made on the day on which it is due."""
    memory, day, found = None, TODAY, []
    for rating in ratings:
        memory, due = review(memory, rating, day)
        found.append(due_on(due) - day)
        day = due_on(due)
    return found


def test_what_is_remembered_comes_later_and_later() -> None:
    assert intervals("good", "good", "good", "good") == [2, 11, 46, 163]


@pytest.mark.parametrize(("rating", "days"), [("again", 1), ("hard", 1), ("good", 2), ("easy", 8)])
def test_a_first_answer_sets_the_first_interval(rating: str, days: int) -> None:
    assert intervals(rating) == [days]


@given(st.lists(st.sampled_from(RATINGS), min_size=1, max_size=12))
def test_a_card_is_due_on_a_later_day_within_bounds(ratings: list[str]) -> None:
    assert all(1 <= days <= LONGEST for days in intervals(*ratings))


@given(st.lists(st.sampled_from(RATINGS), max_size=8))
def test_a_better_rating_never_comes_sooner(ratings: list[str]) -> None:
    last = [intervals(*ratings, rating)[-1] for rating in RATINGS]
    assert last == sorted(last)


@given(st.lists(st.tuples(st.sampled_from(RATINGS), st.integers(-3, 40)), min_size=1, max_size=8))
def test_the_same_answers_on_the_same_days_give_the_same_plan(steps: list[tuple[str, int]]) -> None:
    def run() -> list[object]:
        memory, day, plan = None, TODAY, []
        for rating, later in steps:
            day += later
            memory, due = review(json.loads(json.dumps(memory)), rating, day)
            plan.append((memory, due))
            assert asked_on(memory) >= day or later < 0
            assert due_on(due) > asked_on(memory) >= TODAY - 3
        return plan

    assert run() == run()


def test_a_card_keeps_the_day_it_was_asked_on() -> None:
    memory, due = review(None, "good", TODAY)
    assert (asked_on(memory), due_on(due)) == (TODAY, TODAY + 2)
    assert due.tzinfo == timezone.utc
