from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.assignment import (
    FAILED,
    OPEN,
    OVERDUE,
    PASSED,
    Attempt,
    Standing,
    drill_score,
    standing,
)

PARTS = ("alarm", "car")


def stands(
    *tries: tuple[str, int, float], attempts: int = 0, due: float | None = 100, now: float = 50
) -> Standing:
    return standing(
        PARTS, [Attempt(*one) for one in tries], pass_mark=65, attempts=attempts, due=due, now=now
    )


@pytest.mark.parametrize(
    ("tries", "attempts", "now", "state"),
    [
        ((), 0, 50, OPEN),
        ((), 0, 101, OVERDUE),
        ((("alarm", 70, 1), ("car", 64, 2)), 0, 50, OPEN),
        ((("alarm", 70, 1), ("car", 65, 2)), 0, 101, PASSED),
        ((("alarm", 70, 1), ("car", 64, 2), ("car", 90, 3)), 1, 50, FAILED),
        ((("alarm", 70, 1), ("car", 64, 2), ("car", 90, 3)), 2, 50, PASSED),
        ((("alarm", 10, 1), ("alarm", 20, 2)), 2, 101, FAILED),
        ((("other", 100, 1),), 0, 50, OPEN),
    ],
)
def test_the_states(tries: tuple[tuple[str, int, float], ...], attempts: int, now: float, state: str) -> None:
    assert stands(*tries, attempts=attempts, now=now).state == state


def test_what_is_done_after_the_deadline_is_late() -> None:
    assert not stands(("alarm", 70, 1), ("car", 70, 100), now=200).late
    assert stands(("alarm", 70, 1), ("car", 70, 101), now=200).late
    assert not stands(("alarm", 70, 1), ("car", 70, 101), due=None, now=200).late
    # what was passed in time is not made late by a better try afterwards
    assert not stands(("alarm", 70, 1), ("car", 70, 9), ("car", 99, 150), now=200).late


tries = st.lists(
    st.builds(Attempt, st.sampled_from((*PARTS, "other")), st.integers(0, 100), st.floats(0, 200)),
    max_size=12,
)


@given(tries, st.integers(0, 3), st.none() | st.floats(0, 200), st.floats(0, 400))
def test_a_standing_is_consistent(
    given_: list[Attempt], attempts: int, due: float | None, now: float
) -> None:
    found = standing(PARTS, given_, pass_mark=65, attempts=attempts, due=due, now=now)
    assert (found.state == PASSED) == (not found.todo)
    assert all(found.best.get(part, 0) < 65 for part in found.todo)
    assert all(found.best[part] >= 65 for part in PARTS if part not in found.todo)
    assert not attempts or all(used <= attempts for used in found.used.values())
    assert found.state != OVERDUE or (due is not None and now > due)
    assert set(found.best) == set(found.used) == set(found.last) <= set(PARTS)


@given(tries, st.integers(0, 3), st.floats(0, 200))
def test_the_order_in_which_tries_are_told_does_not_matter(
    given_: list[Attempt], attempts: int, now: float
) -> None:
    distinct = list({one.at: one for one in given_}.values())
    one, other = (
        standing(PARTS, order, pass_mark=65, attempts=attempts, due=100, now=now)
        for order in (distinct, distinct[::-1])
    )
    assert one == other


def test_a_drill_counts_with_enough_answers_of_the_set() -> None:
    answers = [("price", "inquiry", 100), ("price", "tai_chi", 50), ("need", "inquiry", 0)]
    assert drill_score(answers, types=["price"], methods=[], least=2) == 75
    assert drill_score(answers, types=["price"], methods=["inquiry"], least=2) is None
    assert drill_score(answers, types=[], methods=[], least=3) == 50
    assert drill_score([], types=[], methods=[], least=0) is None
