"""Setting sentences into a line."""

from __future__ import annotations

import pytest

from bot.coaching.wording import Lines, Text, fill, join, slots_of

VALUES = {
    "zh": {"concede": "确实不便宜。", "outweigh": "保修三年。", "product": "守夜人", "claim": "这是骗人的。"},
    "en": {
        "concede": "It isn't cheap.",
        "outweigh": "You get three years.",
        "product": "the NightWatch",
        "claim": "It's a swindle.",
    },
}


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("您说得对。{concede}{outweigh}", "您说得对。确实不便宜。保修三年。"),
        ("您说得对。 {concede} {outweigh} ", "您说得对。确实不便宜。保修三年。"),
        ("先看{product}。{concede}您定。", "先看守夜人。确实不便宜。您定。"),
        ("有人说：“{claim}”我来讲讲。{outweigh}", "有人说：“这是骗人的。”我来讲讲。保修三年。"),
    ],
)
def test_chinese_sentences_follow_each_other_without_a_space(template: str, line: str) -> None:
    assert fill(template, VALUES["zh"], "zh") == line


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("True. {concede} {outweigh}", "True. It isn't cheap. You get three years."),
        ("True. {concede}{outweigh}", "True. It isn't cheap. You get three years."),
        (
            "True.  {concede}   {outweigh} You decide.",
            "True. It isn't cheap. You get three years. You decide.",
        ),
        ("Leave {product} aside. {concede}", "Leave the NightWatch aside. It isn't cheap."),
        (
            "They say: “{claim}” It isn't so. {outweigh}",
            "They say: “It's a swindle.” It isn't so. You get three years.",
        ),
    ],
)
def test_english_sentences_follow_each_other_with_one_space(template: str, line: str) -> None:
    assert fill(template, VALUES["en"], "en") == line


def test_a_product_that_opens_an_english_sentence_gets_a_capital() -> None:
    assert fill("{product} it is.", VALUES["en"], "en") == "The NightWatch it is."
    assert fill("True. {product} it is.", VALUES["en"], "en") == "True. The NightWatch it is."


def test_a_slot_without_a_value_is_refused() -> None:
    with pytest.raises(KeyError, match="ask"):
        fill("True. {ask}", VALUES["en"], "en")


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert fill("{concede}", {"concede": "{outweigh}"}, "en") == "{outweigh}"


def test_slots_are_named_once_in_their_order() -> None:
    assert slots_of("{next} {ask} {next}") == ("next", "ask")


def test_texts_and_lines_answer_in_the_language_asked_for() -> None:
    assert (Text("甲", "a").of("zh"), Text("甲", "a").of("en")) == ("甲", "a")
    assert Lines(("甲",), ("a", "b")).of("en") == ("a", "b")


def test_joining_leaves_empty_parts_out() -> None:
    assert join(["One.", "", " Two. "], "en") == "One. Two."
    assert join(["一。", "二。"], "zh") == "一。二。"
