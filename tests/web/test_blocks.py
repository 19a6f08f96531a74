from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.blocks import Segment, block, payload_values, percent, pick, segments, sureness, typed_lang


def test_the_words_that_carry_an_objection_are_marked() -> None:
    assert segments("比网上贵，还得问我老婆", ["比网上贵", "得问我老婆"]) == (
        Segment("比网上贵", 1),
        Segment("，还"),
        Segment("得问我老婆", 2),
    )


def test_a_span_that_comes_twice_is_marked_where_it_is_free() -> None:
    assert segments("no, no", ["no", "no"]) == (Segment("no", 1), Segment(", "), Segment("no", 2))


def test_a_span_that_is_not_there_marks_nothing() -> None:
    assert segments("太贵了", ["没钱", ""]) == (Segment("太贵了"),)
    assert segments("", ["x"]) == ()


@given(st.text("ab <&", max_size=20), st.lists(st.text("ab <&", max_size=6), max_size=4))
def test_the_pieces_of_a_sentence_make_the_sentence(text: str, spans: list[str]) -> None:
    pieces = segments(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    for piece in pieces:
        assert piece.text
        assert piece.mark == 0 or piece.text == spans[piece.mark - 1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("as it is", "as it is"),
        ({"zh": "甲", "en": "A"}, "A"),
        ({"zh": "甲"}, "甲"),
        (None, ""),
        (3, "3"),
        ({}, ""),
    ],
)
def test_a_text_is_picked_in_the_language_or_another(value: object, shown: str) -> None:
    assert pick(value, "en") == shown


@pytest.mark.parametrize(
    ("confidence", "shown"), [(0.934, 93), (0, 0), (1.2, 100), (-1, 0), ("x", 0), (True, 0)]
)
def test_a_confidence_is_a_whole_percentage(confidence: object, shown: int) -> None:
    assert percent(confidence) == shown


def test_words_for_a_confidence_rise_with_it() -> None:
    assert [sureness(share) for share in (0.95, 0.6, 0.2, None)] == ["sure", "fairly", "unsure", "unsure"]


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        ('/choose_product{"product": "car"}', {"product": "car"}),
        ("/list_products", {}),
        ("/x{broken", {}),
        ("/x{}", {}),
    ],
)
def test_a_payload_s_values_are_read(payload: str, values: dict[str, str]) -> None:
    assert payload_values(payload) == values


def test_an_unknown_kind_is_shown_as_text() -> None:
    assert block(kind="hologram", text="hi", data={}, buttons=(), lang="en").card == "text"


def test_a_card_that_lacks_its_data_is_shown_as_text() -> None:
    assert block(kind="script", text="hi", data={"line": ""}, buttons=(), lang="en").card == "text"
    assert block(kind="sorted", text="hi", data={"objections": []}, buttons=(), lang="en").card == "text"


def test_an_answer_s_own_language_wins_over_the_page_s() -> None:
    assert block(kind="text", text="", data={"lang": "en"}, buttons=(), lang="zh").lang == "en"
    assert block(kind="text", text="", data={"lang": "xx"}, buttons=(), lang="zh").lang == "zh"


def test_a_button_without_title_or_payload_is_left_out() -> None:
    buttons = ({"title": "a", "payload": "/b"}, {"title": "", "payload": "/b"}, {"title": "a"})
    assert block(kind="text", text="", data={}, buttons=buttons, lang="zh").buttons == buttons[:1]


@pytest.mark.parametrize(
    ("text", "lang"), [("太贵了", "zh"), ("too dear", "en"), ("OK太贵", "zh"), ("3000?", "zh")]
)
def test_the_typed_language_is_told_by_its_letters(text: str, lang: str) -> None:
    assert typed_lang(text, "zh") == lang
