"""Words of texts and searches, with texts of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.storage.terms import MOST_PIECES, comparable, hits, letters, pieces, runs, stem, terms_of

LETTERS = "太贵了价格 e\u0301ab'sedingy.，\"“\t①ＰﬁÉ👍\x00\ud800가あ1"
TEXTS = st.text(st.sampled_from(LETTERS), max_size=40) | st.text(max_size=40)


@given(TEXTS)
def test_a_text_is_found_by_each_of_its_words_and_marked_there(text: str) -> None:
    index, plain = terms_of([text]), comparable(text)
    for run in runs(text):
        for piece in pieces(text[run.start : run.end]):
            assert piece.terms <= index
            assert piece.pattern in plain
            assert hits(text, [piece])


@settings(max_examples=300)
@given(TEXTS, TEXTS)
def test_what_the_index_rules_out_does_not_hold_the_words(text: str, search: str) -> None:
    index, plain = terms_of([text]), comparable(text)
    for piece in pieces(search):
        holds = piece.pattern in plain
        assert holds <= (piece.terms <= index)
        assert holds <= piece.may_be_in(letters(text))
        assert not piece.exact or holds == (piece.terms <= index)
        assert holds == bool(hits(text, [piece]))


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_hits_lie_in_the_text_in_order_and_apart(text: str, searches: list[str]) -> None:
    wanted = [piece for search in searches for piece in pieces(search)]
    end = -1
    for start, stop in hits(text, wanted):
        assert end < start < stop <= len(text)
        end = stop


@pytest.mark.parametrize(
    "words",
    [
        "price prices priced pricing PRICE’S",
        "cry cries cried crying",
        "plan plans planned planning",
        "class classes",
        "ask asks asked asking",
    ],
)
def test_the_forms_of_an_english_word_are_one_word(words: str) -> None:
    assert len({stem(word.lower()) for word in words.split()}) == 1


def test_different_words_stay_different() -> None:
    words = ("bus", "less", "need", "new", "news", "day", "price", "prize", "sing", "string", "red", "bed")
    assert len({stem(word) for word in words}) >= len(words) - 1


def test_a_long_search_is_cut() -> None:
    assert len(pieces("a b " * 10_000)) <= MOST_PIECES
    assert len(pieces(" ".join(f"w{n}" for n in range(1000)))) == MOST_PIECES
