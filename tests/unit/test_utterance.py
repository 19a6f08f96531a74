"""Language, sides and clauses of an utterance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.utterance import CUSTOMER, SELLER, language_of, read_sides, split_clauses


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("太贵了", "zh"),
        ("That's too dear", "en"),
        ("你们这个 CRM 比 Salesforce 贵", "zh"),
        ("The 豪华 edition is more than I wanted to spend, honestly", "en"),
        ("😀😀", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_the_one_that_most_of_the_line_is_in(text: str, lang: str) -> None:
    assert language_of(text) == lang


def test_a_line_without_letters_keeps_the_language_of_the_conversation() -> None:
    assert language_of("👍 100%", fallback="zh") == "zh"


def test_the_mark_separates_the_customers_line_from_the_reply() -> None:
    assert read_sides("太贵了 ||| 是的，贵有贵的道理") == (SELLER, "太贵了", "是的，贵有贵的道理")


def test_a_line_is_a_customers_unless_something_says_otherwise() -> None:
    assert read_sides("太贵了") == (CUSTOMER, "", "太贵了")
    assert read_sides("您说得对", {"side": SELLER}) == (SELLER, "", "您说得对")
    assert read_sides("您说得对", {"objection": "太贵了"}) == (SELLER, "太贵了", "您说得对")


def test_a_compound_line_is_cut_where_the_second_objection_begins() -> None:
    spans = split_clauses("你们这个比网上贵了快一倍，而且我回去还得问我老婆", "zh")
    assert [s.text for s in spans] == ["你们这个比网上贵了快一倍", "而且我回去还得问我老婆"]
    spans = split_clauses("It is twice the price and I would have to ask my wife", "en")
    assert [s.text for s in spans] == ["It is twice the price", "and I would have to ask my wife"]


def test_figures_are_not_cut_at_their_point() -> None:
    assert len(split_clauses("It costs 3.5 million a year", "en")) == 1


@given(st.text(max_size=300), st.sampled_from(["zh", "en"]))
def test_clauses_stand_in_order_inside_the_line_and_lose_no_word(text: str, lang: str) -> None:
    spans = split_clauses(text, lang)
    assert len(spans) <= 6
    position = 0
    for span in spans:
        assert position <= span.start <= span.end <= len(text)
        assert text[span.start : span.end] == span.text
        assert not any(c.isalnum() for c in text[position : span.start])
        position = span.end
    assert not any(c.isalnum() for c in text[position:])
