"""Text on a terminal: Chinese characters are two columns wide, and marks do not stand alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.columns import pad, width, wrap


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("太贵了", 6), ("太a", 3), ("e\u0301", 1), ("，", 2), ("\x1b", 0)],
)
def test_width_counts_columns(text: str, columns: int) -> None:
    assert width(text) == columns


def test_pad_fills_up_by_columns() -> None:
    assert pad("太", 4) + "|" == "太  |"
    assert pad("7", 3, right=True) == "  7"


def test_english_breaks_between_words() -> None:
    assert wrap("one two three four", 9) == ["one two", "three", "four"]


def test_chinese_breaks_anywhere_but_before_a_closing_mark() -> None:
    assert wrap("你们这个真的太贵了，我再想想。", 18) == ["你们这个真的太贵", "了，我再想想。"]


def test_no_line_ends_with_an_opening_mark() -> None:
    assert wrap("他跟我说的是“太贵”", 14) == ["他跟我说的是", "“太贵”"]


def test_line_ends_are_kept_and_later_lines_are_indented() -> None:
    assert wrap("a\n\nb c d e f g", 8, indent="  ") == ["a", "", "b c d e", "  f g"]


def test_a_word_that_is_too_long_is_cut() -> None:
    assert wrap("https://example.com/abc", 10) == ["https://ex", "ample.com/", "abc"]


@given(st.text(alphabet="ab 太贵，。“”（）1 ", max_size=120), st.integers(8, 40))
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= columns for line in lines)
