"""What a drill asks, in which order, and what a typed text names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.drill_questions import (
    ANSWER,
    KINDS,
    METHOD,
    RATINGS,
    TYPE,
    Card,
    Key,
    Line,
    Miss,
    kinds_of,
    named,
    next_question,
    order_of_cards,
    rating,
)

FITS: Mapping[str, Sequence[str]] = {
    "need": ["inquiry", "tai_chi"],
    "price": ["compensation", "yes_if", "tai_chi"],
    "timing": ["inquiry"],
}
KEYS = [(type_, method) for type_, methods in FITS.items() for method in methods]
LINES = {type_: tuple(Line(type_, f"{type_} {n}", "alarm", raises=n < 2) for n in range(5)) for type_ in FITS}
TODAY = 740_000

keys = st.sampled_from(KEYS)
days = st.integers(TODAY - 30, TODAY + 30)
cards = st.lists(st.builds(Card, keys, days, days), max_size=8, unique_by=lambda card: card.key)
misses = st.lists(st.builds(Miss, keys, st.sampled_from(KINDS), st.integers(TODAY - 30, TODAY)), max_size=12)


def test_without_a_record_each_types_best_method_comes_first() -> None:
    order = order_of_cards([], [], FITS, TODAY)
    assert order == (
        ("need", "inquiry"), ("price", "compensation"), ("timing", "inquiry"),
        ("need", "tai_chi"), ("price", "yes_if"), ("price", "tai_chi"),
    )  # fmt: skip


def test_own_misses_come_before_cards_that_are_due_and_those_before_new_ones() -> None:
    due = Card(("timing", "inquiry"), TODAY - 1, TODAY - 3)
    later = Card(("need", "inquiry"), TODAY + 1, TODAY - 3)
    missed = [Miss(("price", "yes_if"), ANSWER, TODAY), Miss(("price", "yes_if"), ANSWER, TODAY - 1)]
    order = order_of_cards([due, later], missed, FITS, TODAY)
    assert order[:3] == (("price", "yes_if"), ("timing", "inquiry"), ("price", "compensation"))
    assert order[-1] == ("need", "inquiry")


def test_a_miss_since_the_last_time_brings_a_card_forward_and_an_older_one_does_not() -> None:
    card = Card(("price", "yes_if"), TODAY + 9, TODAY - 2)
    fresh, old = (Miss(card.key, ANSWER, TODAY - days) for days in (1, 2))
    assert order_of_cards([card], [fresh], FITS, TODAY)[0] == card.key
    assert order_of_cards([card], [old], FITS, TODAY)[-1] == card.key


@given(cards, misses)
def test_every_pair_stands_in_the_order_once(of: list[Card], missed: list[Miss]) -> None:
    assert sorted(order_of_cards(of, missed, FITS, TODAY)) == sorted(KEYS)


@given(cards, misses, st.integers(0, 2**32))
def test_a_drill_repeats_no_line_and_is_the_same_for_the_same_seed(
    of: list[Card], missed: list[Miss], seed: int
) -> None:
    def run() -> list[tuple[Key, str]]:
        asked: list[tuple[Key, str]] = []
        while True:
            question = next_question(of, missed, FITS, LINES, today=TODAY, seed=seed, asked=asked)
            if question is None:
                return asked
            assert question.line.type == question.key[0]
            assert question.kind in kinds_of(question.key, FITS)
            asked.append((question.key, question.line.text))

    asked = run()
    texts = [text for _, text in asked]
    assert len(texts) == len(set(texts)) == sum(map(len, LINES.values()))
    assert sorted(key for key, _ in asked[: len(KEYS)]) == sorted(KEYS)
    assert asked == run()


def test_only_the_best_method_is_asked_for() -> None:
    assert kinds_of(("price", "compensation"), FITS) == (TYPE, METHOD, ANSWER)
    assert kinds_of(("price", "yes_if"), FITS) == (TYPE, ANSWER)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_missed_is_asked_in_the_same_way_again(kind: str) -> None:
    missed = [Miss(("price", "compensation"), kind, TODAY)]
    question = next_question([], missed, FITS, LINES, today=TODAY, seed=1, asked=[])
    assert question is not None
    assert (question.key, question.kind) == (("price", "compensation"), kind)


def test_the_kinds_take_turns() -> None:
    fits = {type_: methods[:1] for type_, methods in FITS.items()}
    asked: list[tuple[Key, str]] = []
    kinds = set()
    for _ in range(3):
        question = next_question([], [], fits, LINES, today=TODAY, seed=5, asked=asked)
        assert question is not None
        kinds.add(question.kind)
        asked.append((question.key, question.line.text))
    assert kinds == set(KINDS)


@given(st.integers(0, 1000))
def test_a_type_is_asked_about_lines_that_are_clear_by_themselves(seed: int) -> None:
    missed = [Miss(("price", "compensation"), TYPE, TODAY)]
    question = next_question([], missed, FITS, LINES, today=TODAY, seed=seed, asked=[])
    assert question is not None and question.line.raises


def test_nothing_is_asked_where_there_are_no_lines() -> None:
    assert next_question([], [], FITS, {}, today=TODAY, seed=0, asked=[]) is None


@pytest.mark.parametrize(
    ("correct", "score", "by_method", "expected"),
    [
        (False, None, True, "again"), (True, None, True, "good"),
        (False, 0, True, "again"), (False, 44, True, "again"), (False, 45, True, "hard"),
        (False, 64, True, "hard"), (True, 65, True, "good"), (True, 84, True, "good"),
        (True, 85, True, "easy"), (True, 100, True, "easy"),
        (True, 100, False, "hard"), (False, 20, False, "again"),
    ],
)  # fmt: skip
def test_the_rating_follows_the_answer(
    correct: bool, score: int | None, by_method: bool, expected: str
) -> None:
    assert rating(correct, score, by_method=by_method) == expected


@given(st.integers(0, 99))
def test_a_better_answer_is_never_rated_worse(score: int) -> None:
    worse, better = (RATINGS.index(rating(s >= 65, s)) for s in (score, score + 1))
    assert worse <= better


NAMES = {
    "price": ["价格异议", "价格", "Price", "too dear"],
    "product": ["产品异议", "产品", "Product"],
    "brush_off": ["推托", "Brush-off"],
    "yes_if": ["“是的……如果”法", "是的……如果", "Yes…if"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price", "price"), ("PRICE!", "price"), ("价格异议", "price"), (" 价格。", "price"),
        ("我觉得是价格异议吧", "price"), ("I think it's price.", "price"), ("brush_off", "brush_off"),
        ("brush off", "brush_off"), ("yes if", "yes_if"), ("是的如果", "yes_if"), ("是的……如果法", "yes_if"),
        ("价格还是产品", ""), ("priceless", ""), ("", ""), ("？？", ""), ("不知道", ""), ("🙂", ""),
        ("price " + "x" * 4000, ""), ("'; DROP TABLE cards; --", ""), ("\x00", ""),
    ],
)  # fmt: skip
def test_a_typed_text_names_one_thing_or_nothing(text: str, expected: str) -> None:
    assert named(text, NAMES) == expected


@given(st.text(max_size=80))
def test_any_text_can_be_typed(text: str) -> None:
    assert named(text, NAMES) in {"", *NAMES}


def test_a_miss_survives_json() -> None:
    miss = Miss(("price", "yes_if"), ANSWER, TODAY)
    assert Miss.from_json(miss.to_json()) == miss
