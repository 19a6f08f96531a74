from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.branches import Fork, Place, forks


def talk(*numbers: int, of: int = 1) -> list[Place]:
    return [Place(10 * of + place, of, number) for place, number in enumerate(numbers)]


def test_a_talk_that_went_straight_on_has_no_fork() -> None:
    assert forks(talk(0, 1, 2, 3)) == ()


def test_a_reply_that_was_redone_stands_beside_the_first_try_and_what_came_of_each() -> None:
    assert forks(talk(0, 1, 2, 3, 2, 3, 4)) == (Fork(1, 2, ((12, 13), (14, 15, 16))),)


def test_three_tries_of_one_reply_are_three_ways() -> None:
    assert forks(talk(0, 1, 1, 1)) == (Fork(1, 1, ((11,), (12,), (13,))),)


def test_a_fork_in_a_way_that_was_left_is_kept() -> None:
    found = forks(talk(0, 1, 2, 2, 1, 2))
    assert found == (Fork(1, 2, ((12,), (13,))), Fork(1, 1, ((11, 13), (14, 15))))


def test_talks_fork_each_for_itself() -> None:
    first, second = talk(0, 1, 1), talk(0, 1, 2, 1, of=2)
    assert forks([*first, *second]) == (*forks(first), *forks(second))


@given(st.lists(st.integers(0, 6), max_size=30))
def test_every_redone_reply_is_in_a_fork(choices: list[int]) -> None:
    numbers, length = [0], 1
    for choice in choices:
        number = min(max(choice, 1), length)
        numbers.append(number)
        length = number + 1
    places = talk(*numbers)
    found = forks(places)
    redone = {
        place.id
        for at, place in enumerate(places)
        if any(later.number <= place.number for later in places[at + 1 :])
    }
    left = {id_ for fork in found for branch in fork.branches[:-1] for id_ in branch}
    assert redone == left
    for fork in found:
        first = [branch[0] for branch in fork.branches]
        assert first == sorted(first)
        assert {place.number for place in places if place.id in first} == {fork.number}
